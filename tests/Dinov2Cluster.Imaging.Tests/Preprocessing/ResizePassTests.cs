using CsCheck;
using Dinov2Cluster.Imaging.Preprocessing;

namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

public sealed class ResizePassTests
{
    [Fact]
    public void The_horizontal_pass_gives_the_same_bits_with_and_without_SIMD()
    {
        var cases =
            from inputSize in Gen.Int[1, 300]
            from outputSize in Gen.Int[1, 300]
            from cropSize in Gen.Int[1, outputSize]
            from seed in Gen.Int
            select (inputSize, outputSize, cropSize, seed);
        cases.Sample((inputSize, outputSize, cropSize, seed) =>
        {
            using var axis = ResampleAxis.Create(inputSize, outputSize, (outputSize - cropSize) / 2, cropSize);
            // The bytes after the pixels must not matter, so they are noise too.
            var row = Noise(seed, HorizontalPass.RowLength(axis));
            var scalar = new byte[HorizontalPass.OutputLength(axis)];
            var vector = new byte[HorizontalPass.OutputLength(axis)];
            var blocks = new byte[HorizontalPass.OutputLength(axis)];
            using var split = SplitWeights.TryCreate(axis);

            HorizontalPass.ApplyScalar(axis, row, scalar);
            HorizontalPass.ApplyVector(axis, row, vector);
            HorizontalPass.Apply(axis, split, row, blocks);

            Assert.Equal(SplitWeights.IsSupported, split is not null);
            return scalar.AsSpan(0, cropSize * 3).SequenceEqual(vector.AsSpan(0, cropSize * 3))
                && scalar.AsSpan(0, cropSize * 3).SequenceEqual(blocks.AsSpan(0, cropSize * 3));
        });
    }

    [Fact]
    public void Split_weights_are_the_weights()
    {
        Assert.SkipUnless(SplitWeights.IsSupported, "This processor lacks the instructions.");
        using var axis = ResampleAxis.Create(640, 383, cropStart: 79, cropSize: 224);
        using var split = SplitWeights.TryCreate(axis)!;

        for (var output = 0; output < axis.Outputs; output++)
        {
            for (var tap = 0; tap < split.Blocks * SplitWeights.BlockTaps; tap++)
            {
                var index = (((output * split.Blocks) + (tap / SplitWeights.BlockTaps)) * SplitWeights.BlockLength) + (tap % SplitWeights.BlockTaps);
                var whole = (split.Values[index + SplitWeights.BlockTaps] << SplitWeights.LowBits) + split.Values[index];
                Assert.Equal(tap < axis.Taps ? axis.Weights[(output * axis.Stride) + tap] : 0, whole);
            }
        }
    }

    [Theory]
    [InlineData((1 << 26) - 1, true)]
    [InlineData(1 << 26, false)]
    [InlineData(-(1 << 26), true)]
    [InlineData(-(1 << 26) - 1, false)]
    public void Weights_fit_below_sixteen(int weight, bool fits) => Assert.Equal(fits, SplitWeights.Fit([1 << ResampleAxis.FractionBits, weight]));

    [Fact]
    public void The_vertical_pass_gives_the_same_bits_with_and_without_SIMD()
    {
        // Any weights: even sums that overflow must be equal.
        var cases =
            from weights in Gen.Int.Array[1, 20]
            from width in Gen.Int[16, 200]
            from padding in Gen.Int[0, 5]
            from seed in Gen.Int
            select (weights, width, stride: width + padding, seed);
        cases.Sample((weights, width, stride, seed) =>
        {
            var input = Noise(seed, ((weights.Length - 1) * stride) + width);
            var scalar = new byte[width];
            var vector = new byte[width];

            VerticalPass.ApplyScalar(weights, input, stride, scalar);
            VerticalPass.ApplyVector(weights, input, stride, vector);

            return scalar.AsSpan().SequenceEqual(vector);
        });
    }

    [Fact]
    public void A_row_that_is_too_short_is_refused()
    {
        using var axis = ResampleAxis.Create(100, 50, 0, 50);
        var output = new byte[HorizontalPass.OutputLength(axis)];

        Assert.Throws<ArgumentOutOfRangeException>(() => HorizontalPass.ApplyVector(axis, new byte[HorizontalPass.RowLength(axis) - 1], output));
        if (SplitWeights.TryCreate(axis) is { } split)
        {
            using (split)
            {
                Assert.Throws<ArgumentOutOfRangeException>(
                    () => HorizontalPass.ApplyBlocks(axis, split, new byte[HorizontalPass.RowLength(axis) - 1], output));
            }
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => VerticalPass.ApplyVector([1, 2], new byte[31], stride: 16, new byte[16]));
    }

    private static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
