using CsCheck;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Inference.Tests.Costs;

public sealed class CostProfileTests
{
    private static readonly int[] _sizes = [1, 2, 4, 8, 16, 32];

    private readonly TestClock _time = new();

    private static double Gpu(int batch) => 0.008 + (0.0015 * batch);

    [Fact]
    public void It_converges_to_what_the_device_does_now_at_every_size_that_is_used()
    {
        var profile = Profile();
        var sizes = new[] { 32, 5, 1, 16, 24 };
        for (var i = 0; i < 1000; i++)
        {
            Observe(profile, sizes[i % sizes.Length], 2 * Gpu(sizes[i % sizes.Length]));
        }

        Assert.All(_sizes, size => Assert.Equal(2 * Gpu(size), profile.Curve.Seconds(size), 0.02 * Gpu(size)));
        Assert.Equal(32, profile.Curve.BestBatch);
    }

    [Fact]
    public void One_outlier_moves_nothing_and_a_lasting_change_is_believed_at_its_second_batch()
    {
        var profile = Profile();
        Observe(profile, 32, Gpu(32));
        var before = profile.Curve.Seconds(32);

        Observe(profile, 32, 100 * Gpu(32));
        Assert.Equal(before, profile.Curve.Seconds(32), 12);
        Observe(profile, 32, Gpu(32));
        Observe(profile, 32, Gpu(32));
        Assert.Equal(before, profile.Curve.Seconds(32), 12);

        Observe(profile, 32, 2 * Gpu(32));
        Observe(profile, 32, 2 * Gpu(32));
        Assert.Equal(1.2 * before, profile.Curve.Seconds(32), 1e-9);
    }

    [Fact]
    public void A_size_that_turned_bad_is_left_and_tried_again_later()
    {
        var profile = Profile();
        for (var i = 0; i < 50; i++)
        {
            Observe(profile, 32, 3 * Gpu(32));
        }

        Assert.Equal(16, profile.Curve.BestBatch);
        for (var i = 0; i < 500; i++)
        {
            Observe(profile, 16, Gpu(16));
        }

        // It was not used since, and an old result must not count for ever.
        Assert.Equal(32, profile.Curve.BestBatch);
    }

    [Fact]
    public void It_stays_a_curve_whatever_it_observes() =>
        Gen.Select(Gen.Int[1, 32], Gen.Double[0, 100]).Array[1, 60].Sample(
            observations =>
            {
                var profile = Profile();
                foreach (var (batch, seconds) in observations)
                {
                    Observe(profile, batch, seconds);
                    Assert.All(Enumerable.Range(2, 31), size => Assert.True(profile.Curve.Seconds(size) >= profile.Curve.Seconds(size - 1)));
                    Assert.Equal(32, profile.Curve.MaxBatch);
                    Assert.Contains(profile.Curve.BestBatch, _sizes);
                }
            },
            iter: 50);

    [Fact]
    public void A_curve_that_a_reader_holds_does_not_change()
    {
        var profile = Profile();
        var held = profile.Curve;

        Observe(profile, 32, 5);
        Observe(profile, 32, 5);

        Assert.Equal(Gpu(32), held.Seconds(32));
        Assert.NotSame(held, profile.Curve);
    }

    [Fact]
    public void Its_age_counts_from_the_last_batch()
    {
        var profile = Profile();
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(7), profile.Age(_time.GetTimestamp()));

        Observe(profile, 1, 1);

        Assert.Equal(TimeSpan.Zero, profile.Age(_time.GetTimestamp()));
    }

    [Fact]
    public void A_size_that_was_given_up_does_not_come_back_and_the_others_stay()
    {
        var profile = Profile();
        Observe(profile, 8, 2 * Gpu(8));
        Observe(profile, 8, 2 * Gpu(8));
        var before = Enumerable.Range(1, 16).Select(profile.Curve.Seconds).ToArray();

        profile.Limit(32);
        Observe(profile, 32, Gpu(32));
        Observe(profile, 17, Gpu(32));

        Assert.Equal((16, 16), (profile.Curve.MaxBatch, profile.Curve.BestBatch));
        Assert.Equal(before, Enumerable.Range(1, 16).Select(profile.Curve.Seconds));
        profile.Limit(32);
        profile.Limit(2);
        Assert.Equal(1, profile.Curve.MaxBatch);
    }

    private CostProfile Profile() => new(new CostCurve(_sizes, [.. _sizes.Select(Gpu)]), _time);

    private void Observe(CostProfile profile, int batch, double seconds) => profile.Observe(batch, seconds, _time.GetTimestamp());
}
