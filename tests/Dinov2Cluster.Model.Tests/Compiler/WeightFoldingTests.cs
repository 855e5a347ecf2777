using CsCheck;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Tests.Compiler;

public sealed class WeightFoldingTests
{
    private static readonly Gen<float> _value = Gen.Float[-2, 2];

    [Fact]
    public void Transpose_turns_outputs_into_scaled_columns() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Bool).SelectMany((outputs, inputs, scaled) =>
            Gen.Select(_value.Array[outputs * inputs], _value.Array[scaled ? outputs : 0]).Select((weight, scale) => (outputs, inputs, weight, scale)))
            .Sample(sample =>
            {
                var (outputs, inputs, weight, scale) = sample;
                var matrix = new float[weight.Length];

                WeightFolding.Transpose(weight, outputs, inputs, scale, matrix);

                for (var i = 0; i < inputs; i++)
                {
                    for (var o = 0; o < outputs; o++)
                    {
                        Assert.Equal(weight[(o * inputs) + i] * (scale.Length == 0 ? 1 : scale[o]), matrix[(i * outputs) + o]);
                    }
                }
            });

    [Theory]
    [InlineData(0)]
    [InlineData(116)]
    public void A_folded_projection_of_raw_pixels_equals_the_convolution_of_normalized_ones(int zeroPoint)
    {
        const int Patch = 3;
        const int Outputs = 4;
        var random = new Random(5);
        var preprocessing = new PreprocessorConfig();
        var weight = Enumerable.Range(0, Outputs * 3 * Patch * Patch).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var bias = Enumerable.Range(0, Outputs).Select(_ => (float)random.NextDouble()).ToArray();
        var pixels = new byte[Patch * Patch * 3];
        random.NextBytes(pixels);
        var expected = Enumerable.Range(0, Outputs).Select(o => (double)bias[o] + Convolve(weight, pixels, o, Patch, preprocessing)).ToArray();

        var matrix = new float[pixels.Length * Outputs];
        WeightFolding.FoldNormalization(weight, bias, Patch, preprocessing, zeroPoint, matrix);

        for (var o = 0; o < Outputs; o++)
        {
            var actual = (double)bias[o];
            for (var i = 0; i < pixels.Length; i++)
            {
                actual += (pixels[i] - zeroPoint) * (double)matrix[(i * Outputs) + o];
            }

            Assert.Equal(expected[o], actual, 1e-5);
        }
    }

    [Fact]
    public void A_quantized_weight_is_within_half_a_step_of_the_weight() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20]).SelectMany((rows, columns) => _value.Array[rows * columns].Select(weight => (columns, weight)))
            .Sample(sample =>
            {
                var (columns, weight) = sample;
                var quantized = new sbyte[weight.Length];
                var scales = new float[columns];

                WeightFolding.QuantizeColumns(weight, columns, quantized, scales);

                for (var i = 0; i < weight.Length; i++)
                {
                    var scale = scales[i % columns];
                    Assert.InRange(quantized[i], -sbyte.MaxValue, sbyte.MaxValue);
                    Assert.InRange(Math.Abs((quantized[i] * scale) - weight[i]), 0, (scale * 0.5f) + 1e-6f);
                }
            });

    [Fact]
    public void A_column_of_vanishing_weights_quantizes_to_zeros()
    {
        var quantized = new sbyte[2];
        var scales = new float[1];

        WeightFolding.QuantizeColumns([1024E-44f, -512E-44f], columns: 1, quantized, scales);

        Assert.Equal([0, 0], quantized);
        Assert.Equal(1, scales[0]);
    }

    [Fact]
    public void A_column_of_zeros_quantizes_to_zeros()
    {
        var quantized = new sbyte[4];
        var scales = new float[2];

        WeightFolding.QuantizeColumns([0f, 1f, 0f, -2f], columns: 2, quantized, scales);

        Assert.Equal([0, 64, 0, -127], quantized);
        Assert.True(float.IsFinite(scales[0]));
    }

    // torch.nn.Conv2d over (pixel * rescale - mean) / std, weight [outputs, 3, patch, patch], pixels [patch, patch, 3].
    private static double Convolve(float[] weight, byte[] pixels, int output, int patch, PreprocessorConfig preprocessing)
    {
        var sum = 0.0;
        for (var channel = 0; channel < 3; channel++)
        {
            for (var y = 0; y < patch; y++)
            {
                for (var x = 0; x < patch; x++)
                {
                    var pixel = pixels[(((y * patch) + x) * 3) + channel];
                    var normalized = ((pixel * preprocessing.RescaleFactor) - preprocessing.Mean[channel]) / preprocessing.StandardDeviation[channel];
                    sum += normalized * weight[(((((output * 3) + channel) * patch) + y) * patch) + x];
                }
            }
        }

        return sum;
    }
}
