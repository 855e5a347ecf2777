using Dinov2Cluster.Imaging.Preprocessing;

namespace Dinov2Cluster.Imaging.Tests.Preprocessing;

public sealed class ResampleAxisTests
{
    [Fact]
    public void An_axis_that_keeps_its_size_copies()
    {
        using var axis = ResampleAxis.Create(256, 256, cropStart: 16, cropSize: 224);

        Assert.Equal((1, 16, 224), (axis.Taps, axis.First, axis.Count));
        Assert.All(axis.Weights.ToArray(), weight => Assert.Equal(1 << ResampleAxis.FractionBits, weight));
    }

    [Fact]
    public void Only_what_the_crop_needs_is_read()
    {
        // Scale 2, support 4: output 40 is centered at 81, output 59 at 119.
        using var axis = ResampleAxis.Create(200, 100, cropStart: 40, cropSize: 20);

        Assert.Equal((77, 46), (axis.First, axis.Count));
    }

    [Theory]
    [InlineData(640, 383)]
    [InlineData(3, 256)]
    [InlineData(10_000, 256)]
    public void Weights_sum_to_one(int inputSize, int outputSize)
    {
        using var axis = ResampleAxis.Create(inputSize, outputSize, 0, outputSize);

        for (var output = 0; output < outputSize; output++)
        {
            var sum = 0;
            foreach (var weight in axis.Weights.Slice(output * axis.Stride, axis.Taps))
            {
                sum += weight;
            }

            // Each of the weights was rounded by up to half.
            Assert.InRange(sum, (1 << ResampleAxis.FractionBits) - axis.Taps, (1 << ResampleAxis.FractionBits) + axis.Taps);
        }
    }
}
