using CsCheck;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Costs;

public sealed class CostCurveTests
{
    private static readonly int[] _sizes = [1, 2, 4, 8, 16, 32];

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
    public void It_meets_its_points_never_falls_and_lies_between_neighbors() =>
        Gen.Double[1e-6, 10].Array[_sizes.Length].Sample(steps =>
        {
            var seconds = steps.Select((_, i) => steps[..(i + 1)].Sum()).ToArray();
            var curve = new CostCurve(_sizes, seconds);
            for (var i = 0; i < _sizes.Length; i++)
            {
                Assert.Equal(seconds[i], curve.Seconds(_sizes[i]));
                Assert.Equal(_sizes[i] / seconds[i], Rate(curve, _sizes[i]), 1e-9 * _sizes[i] / seconds[i]);
            }

            Assert.Equal(Rate(curve, curve.BestBatch), curve.ImagesPerSecond);

            for (var batch = 2; batch <= curve.MaxBatch; batch++)
            {
                Assert.True(curve.Seconds(batch) >= curve.Seconds(batch - 1));
            }

            Assert.Equal((seconds[3] + seconds[4]) / 2, curve.Seconds(12), 1e-9);
        });

    [Fact]
    public void No_measured_size_beats_the_best_batch_by_more_than_the_tolerance() =>
        Gen.Double[1e-6, 10].Array[_sizes.Length].Sample(seconds =>
        {
            var curve = new CostCurve(_sizes, seconds);
            Assert.All(_sizes, size => Assert.True(curve.ImagesPerSecond >= 0.97 * Rate(curve, size)));
            Assert.All(_sizes.Where(size => size < curve.BestBatch), size => Assert.True(Rate(curve, size) < curve.ImagesPerSecond));
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

        Assert.Equal(0, curve.DrainSeconds(0));
        Assert.Equal(0.0095, curve.DrainSeconds(1), 9);
        Assert.Equal(0.056, curve.DrainSeconds(32), 9);
        Assert.Equal((3 * 0.056) + 0.0125, curve.DrainSeconds(99), 9);
        Assert.Throws<ArgumentOutOfRangeException>(() => curve.DrainSeconds(-1));
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

    [Fact]
    public void A_curve_of_known_times_keeps_them_and_ends_at_its_best_batch()
    {
        var curve = new CostCurve([0.5, 0.4, 3]);

        Assert.Equal([0.5, 0.4, 3], Enumerable.Range(1, 3).Select(curve.Seconds));
        Assert.Equal((3, 3, 1), (curve.BestBatch, curve.MaxBatch, curve.ImagesPerSecond));
        Assert.Same(curve, curve.UpToBest());
    }

    [Fact]
    public void A_curve_up_to_its_best_batch_is_the_same_up_to_there()
    {
        var curve = Curve(n => 0.01 + (0.001 * n) + (n > 8 ? n * 0.01 : 0));

        var best = curve.UpToBest();

        Assert.Equal((8, 8), (best.BestBatch, best.MaxBatch));
        Assert.Equal([1, 2, 4, 8], best.MeasuredSizes);
        Assert.Equal(Enumerable.Range(1, 8).Select(curve.Seconds), Enumerable.Range(1, 8).Select(best.Seconds));
        Assert.Equal(curve.DrainSeconds(99), best.DrainSeconds(99));
    }

    [Fact]
    public void A_curve_below_a_size_has_the_measured_sizes_below_it()
    {
        var curve = Curve(n => 0.008 + (0.0015 * n));

        Assert.Equal([1, 2, 4, 8], curve.Below(16).MeasuredSizes);
        Assert.Equal([1, 2, 4, 8, 16], curve.Below(17).MeasuredSizes);
        Assert.Equal((1, 1), (curve.Below(2).MaxBatch, curve.Below(2).BestBatch));
        Assert.Equal(Enumerable.Range(1, 8).Select(curve.Seconds), Enumerable.Range(1, 8).Select(curve.Below(16).Seconds));
    }

    private static double Rate(CostCurve curve, int batch) => batch / curve.Seconds(batch);

    private static CostCurve Curve(Func<int, double> seconds) => new(_sizes, [.. _sizes.Select(seconds)]);
}
