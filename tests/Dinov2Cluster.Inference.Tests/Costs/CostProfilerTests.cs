using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Inference.Tests.Costs;

public sealed class CostProfilerTests
{
    private readonly TestClock _time = new();

    [Fact]
    public void A_simulated_gpu_gives_exactly_its_curve()
    {
        var time = new TestClock { PassesUpTo = TimeSpan.FromMinutes(1) };
        var device = new SimulatedDeviceOptions { BaseLatency = TimeSpan.FromMilliseconds(8), LatencyPerImage = TimeSpan.FromMilliseconds(1.5) };
        using var session = new SimulatedModelSession(new ModelSignature(2, 4, 32), device, time);

        var curve = new CostProfiler(time).Measure(session, 32, TestContext.Current.CancellationToken);

        Assert.Equal((32, 32), (curve.BestBatch, curve.MaxBatch));
        Assert.All(Enumerable.Range(2, 31), batch => Assert.Equal(0.008 + (0.0015 * batch), curve.Seconds(batch), 9));

        // Timers count whole milliseconds, and a device must not be faster than it says.
        Assert.Equal(0.010, curve.Seconds(1), 9);
    }

    [Fact]
    public void A_giant_on_a_cpu_is_warmed_up_with_one_image()
    {
        var session = Session(32, n => 3.0 * n);

        var curve = Measure(session, 32);

        Assert.Equal((1, 1), (curve.BestBatch, curve.MaxBatch));
        Assert.Equal([1, 1], session.Batches);
    }

    [Fact]
    public void Batches_that_bring_nothing_and_cost_time_are_not_made_larger()
    {
        var session = Session(1024, n => 0.060 * n);

        var curve = Measure(session, 1024);

        Assert.Equal((1, 1), (curve.BestBatch, curve.MaxBatch));
        Assert.Equal(4, session.Batches.Max());
    }

    [Fact]
    public void A_gain_that_comes_late_is_found_while_the_search_is_cheap() => Assert.Equal(16, Measure(Session(16, n => n < 16 ? 0.001 * n : 0.004), 16).BestBatch);

    [Theory]
    [InlineData(24, 100)]
    [InlineData(100, 24)]
    public void The_largest_size_is_measured_though_it_is_no_power_of_two(int configured, int supported)
    {
        var session = Session(supported, n => 0.01 + (0.001 * n));

        Assert.Equal(24, Measure(session, configured).BestBatch);
        Assert.Equal(24, session.Batches.Max());
    }

    [Fact]
    public void The_first_run_of_a_size_and_a_disturbed_run_do_not_count()
    {
        var runs = 0;
        var session = new FakeSession(1);
        session.OnRun = _ => _time.Advance(TimeSpan.FromMilliseconds(runs++ switch { 0 => 900, 3 => 500, _ => 10 }));

        Assert.Equal(0.010, Measure(session, 1).Seconds(1), 9);
    }

    [Fact]
    public void A_fixed_batch_is_measured_once_for_every_size()
    {
        var session = Session(8, _ => 2, fixedBatch: true);

        var curve = Measure(session, 32);

        Assert.Equal(8, curve.BestBatch);
        Assert.All(Enumerable.Range(1, 8), batch => Assert.Equal(2, curve.Seconds(batch), 9));
        Assert.Equal([8, 8], session.Batches);
    }

    [Fact]
    public void Buffers_of_the_warm_up_are_freed()
    {
        var session = Session(8, _ => 0.001);

        Measure(session, 8);

        Assert.Equal([1, 2, 4, 8], session.CreatedLanes.Select(lane => lane.MaxBatchSize));
        Assert.All(session.CreatedLanes, lane => Assert.True(lane.Disposed));
    }

    private FakeSession Session(int maxBatchSize, Func<int, double> seconds, bool fixedBatch = false) =>
        new(maxBatchSize, fixedBatch: fixedBatch) { OnRun = batch => _time.Advance(TimeSpan.FromSeconds(seconds(batch))) };

    private CostCurve Measure(FakeSession session, int maxBatchSize) => new CostProfiler(_time).Measure(session, maxBatchSize, TestContext.Current.CancellationToken);
}
