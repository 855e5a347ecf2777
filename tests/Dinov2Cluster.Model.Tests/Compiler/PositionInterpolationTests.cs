using CsCheck;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Tests.Compiler;

public sealed class PositionInterpolationTests
{
    private const int Side = 5;

    private static readonly float[] _grid =
    [
        0f, 1.25f, 2f, 2.25f, -3.5f,
        3.5f, 4.75f, 0f, 0.25f, 0f,
        1.5f, 2.75f, 3.5f, -1.75f, -2f,
        5f, 0.75f, 1.5f, 1.75f, -4f,
        3f, 4.25f, -0.5f, -0.25f, -0.5f,
    ];

    // torch 1.13 on float64: F.interpolate(grid, mode="bicubic") with scale_factor=(3 + 0.1) / 5, with size=3, and with size=3, antialias=True.
    private static readonly double[] _legacy =
        [1.508941720828652, 1.307374842405351, -0.41912682241893434, 1.8867617050930765, 3.612842308256519, -2.229556891640192, 3.831461678381286, 0.35064329941217653, -0.7125139752577281];

    private static readonly double[] _size =
        [1.67798353909465, 1.175925925925925, -0.9910836762688614, 1.851851851851851, 3.5, -2.2129629629629606, 3.743998628257888, 0.01851851851851999, -0.9621056241426625];

    private static readonly double[] _antialias =
        [2.041952662721894, 1.7074776386404298, -0.598639053254439, 2.914901610017889, 1.8640454299621416, -1.521019677996423, 3.4398224852071, 0.9656529516994632, -1.0167455621301784];

    // The first row of size=7, without and with antialias.
    private static readonly double[] _sizeUp =
        [-0.37390670553935873, 0.325551003408444, 1.4123366964445103, 2.1574344023323624, 3.069182483489025, -0.16208170065194144, -4.262214298464083];

    private static readonly double[] _antialiasUp =
        [-0.27669902912621297, 0.42440093591157274, 1.3889510034249488, 2.116504854368932, 2.779664015398116, -0.29053599763332905, -4.05749835045716];

    [Fact]
    public void Legacy_is_what_torch_computes_from_a_scale_factor() => AssertEqual(_legacy, Resample(PositionEmbeddingMode.Legacy, 3));

    [Fact]
    public void Size_is_what_torch_computes_from_an_output_size()
    {
        AssertEqual(_size, Resample(PositionEmbeddingMode.Size, 3));
        AssertEqual(_sizeUp, Resample(PositionEmbeddingMode.Size, 7).AsSpan(0, 7));
    }

    [Fact]
    public void Antialias_is_what_torch_computes_with_antialias()
    {
        AssertEqual(_antialias, Resample(PositionEmbeddingMode.Antialias, 3));
        AssertEqual(_antialiasUp, Resample(PositionEmbeddingMode.Antialias, 7).AsSpan(0, 7));
    }

    [Theory]
    [InlineData(PositionEmbeddingMode.Legacy)]
    [InlineData(PositionEmbeddingMode.Size)]
    [InlineData(PositionEmbeddingMode.Antialias)]
    public void A_grid_of_the_trained_size_is_left_alone(PositionEmbeddingMode mode) => Assert.Equal(_grid, Resample(mode, Side));

    [Fact]
    public void Channels_do_not_mix()
    {
        var interleaved = new float[Side * Side * 2];
        for (var i = 0; i < _grid.Length; i++)
        {
            interleaved[2 * i] = _grid[i];
            interleaved[(2 * i) + 1] = 7;
        }

        var result = new float[9 * 2];
        PositionInterpolation.Resample(interleaved, Side, 3, channels: 2, PositionEmbeddingMode.Size, result);

        AssertEqual(_size, result.Where((_, i) => i % 2 == 0).ToArray());
        Assert.All(result.Where((_, i) => i % 2 == 1), value => Assert.Equal(7, value, 1e-5f));
    }

    [Fact]
    public void The_weights_of_every_target_position_add_up_to_one() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Enum<PositionEmbeddingMode>()).Sample((source, target, mode) =>
        {
            var weights = PositionInterpolation.AxisWeights(source, target, mode);
            for (var i = 0; i < target; i++)
            {
                var sum = Enumerable.Range(0, source).Sum(x => weights[i, x]);
                Assert.Equal(1, sum, 1e-9);
            }
        });

    private static float[] Resample(PositionEmbeddingMode mode, int target)
    {
        var result = new float[target * target];
        PositionInterpolation.Resample(_grid, Side, target, channels: 1, mode, result);
        return result;
    }

    private static void AssertEqual(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-6);
        }
    }
}
