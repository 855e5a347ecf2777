using CsCheck;
using Dinov2Cluster.Inference.Costs;

namespace Dinov2Cluster.Inference.Tests.Costs;

public sealed class CostCurveTests
{
    private static readonly int[] Sizes = [1, 2, 4, 8, 16, 32];

    [Fact]
    public void A_gpu_gains_from_its_largest_batch() => Assert.Equal(32, Curve(n => 0.008 + (0.0015 * n)).BestBatch);

    [Fact]
    public void A_cpu_that_gains_nothing_takes_one_image_at_a_time_and_one_that_gains_a_little_takes_two()
    {
        Assert.Equal(1, Curve(n => 0.060 * n).BestBatch);
        Assert.Equal(1, Curve(n => 0.060 * n * (n == 1 ? 1 : 0.98)).BestBatch);
        Assert.Equal(2, Curve(n => 0.060 * n * (n == 1 ? 1 : 0.9)).BestBatch);
    }

    [Fact]
    public void A_device_that_slows_down_beyond_a_size_stays_below_it() => Assert.Equal(8, Curve(n => 0.01 + (0.001 * n) + (n > 8 ? n * 0.01 : 0)).BestBatch);

    [Fact]
    public void It_meets_its_points_never_falls_and_lies_between_neighbours() =>
        Gen.Double[1e-6, 10].Array[Sizes.Length].Sample(steps =>
        {
            var seconds = steps.Select((_, i) => steps[..(i + 1)].Sum()).ToArray();
            var curve = new CostCurve(Sizes, seconds);
            for (var i = 0; i < Sizes.Length; i++)
            {
                Assert.Equal(seconds[i], curve.Seconds(Sizes[i]));
                Assert.Equal(Sizes[i] / seconds[i], curve.ImagesPerSecond(Sizes[i]), 1e-9 * Sizes[i] / seconds[i]);
            }

            for (var batch = 2; batch <= curve.MaxBatch; batch++)
            {
                Assert.True(curve.Seconds(batch) >= curve.Seconds(batch - 1));
            }

            Assert.Equal((seconds[3] + seconds[4]) / 2, curve.Seconds(12), 1e-9);
        });

    [Fact]
    public void No_measured_size_beats_the_best_batch_by_more_than_the_tolerance() =>
        Gen.Double[1e-6, 10].Array[Sizes.Length].Sample(seconds =>
        {
            var curve = new CostCurve(Sizes, seconds);
            Assert.All(Sizes, size => Assert.True(curve.ImagesPerSecond(curve.BestBatch) >= 0.97 * curve.ImagesPerSecond(size)));
            Assert.All(Sizes.Where(size => size < curve.BestBatch), size => Assert.True(curve.ImagesPerSecond(size) < curve.ImagesPerSecond(curve.BestBatch)));
        });

    [Fact]
    public void Noise_that_makes_a_larger_batch_faster_is_flattened()
    {
        var curve = new CostCurve([1, 2, 4], [0.1, 0.05, 0.2]);

        Assert.Equal([0.1, 0.1, 0.1 + (0.1 / 2), 0.2], Enumerable.Range(1, 4).Select(curve.Seconds));
    }

    [Fact]
    public void A_queue_drains_in_best_batches_and_a_rest()
    {
        var curve = Curve(n => 0.008 + (0.0015 * n));

        Assert.Equal(TimeSpan.Zero, curve.PredictDrain(0));
        Assert.Equal(0.0095, curve.PredictDrain(1).TotalSeconds, 9);
        Assert.Equal(0.056, curve.PredictDrain(32).TotalSeconds, 9);
        Assert.Equal((3 * 0.056) + 0.0125, curve.PredictDrain(99).TotalSeconds, 9);
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.PredictDrain(-1));
    }

    [Fact]
    public void Points_that_make_no_curve_are_refused_and_so_are_batches_beyond_it()
    {
        Assert.Throws<ArgumentException>(() => new CostCurve([], []));
        Assert.Throws<ArgumentException>(() => new CostCurve([2], [1]));
        Assert.Throws<ArgumentException>(() => new CostCurve([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => new CostCurve([1, 1], [1, 1]));
        Assert.Throws<ArgumentException>(() => new CostCurve([1], [double.NaN]));
        var curve = new CostCurve([1, 4], [1, 2]);
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.Seconds(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.Seconds(5));
    }

    private static CostCurve Curve(Func<int, double> seconds) => new(Sizes, [.. Sizes.Select(seconds)]);
}
