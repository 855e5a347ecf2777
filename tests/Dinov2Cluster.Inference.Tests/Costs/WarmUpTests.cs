using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Logging.Testing;

namespace Dinov2Cluster.Inference.Tests.Costs;

public sealed class WarmUpTests
{
    // Six of the profiler, for each size that it measures.
    private const int RunsToMeasure = 6;

    private readonly TestClock _time = new();
    private readonly FakeLogger _logger = new();

    // Runs of each lane, side by side with the other's.
    private const int MixedRuns = 32;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_lane_runs_every_size_on_the_thread_that_will_serve()
    {
        var session = Session(lanes: 2, milliseconds: _ => 10);

        var (lanes, costs) = await WarmUp(session, 5).RunAsync(Token);

        Assert.Equal((5, 1), (costs.MaxBatch, session.MemoryReleases));
        Assert.Equal(2, lanes.Count);
        foreach (var lane in lanes)
        {
            var thread = await lane.RunAsync(() => Environment.CurrentManagedThreadId);
            var runs = session.Runs.Where(run => run.Lane == lane.Lane).ToArray();
            Assert.Equal([5, 5, 5, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1], runs.Take(13).Select(run => run.Images));
            Assert.Equal(5, runs.Skip(13).Select(run => run.Images).Distinct().Count());
            Assert.All(runs, run => Assert.Equal((thread, session.Signature.Outputs), (run.Thread, run.Wanted)));
            lane.Dispose();
        }

        Assert.Equal(3, session.Runs.Select(run => run.Thread).Append(Environment.CurrentManagedThreadId).Distinct().Count());
    }

    [Fact]
    public async Task A_size_is_run_until_two_runs_agree_and_not_for_ever()
    {
        var runs = 0;
        var session = Session(lanes: 1, milliseconds: size => (size, runs++ - (2 * RunsToMeasure)) switch
        {
            // Measured, and run together.
            (_, < 3) => 10,
            // It never settles.
            (2, var run) => run % 2 == 0 ? 10 : 20,
            // A plan is built, then a run is disturbed.
            (_, 13) => 400,
            (_, 15) => 15,
            _ => 10,
        });

        var (lanes, _) = await WarmUp(session, 2).RunAsync(Token);

        Assert.Equal([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1], session.Batches.Skip(2 * RunsToMeasure));
        lanes[0].Dispose();
    }

    [Fact]
    public async Task Where_sizes_need_no_warm_up_the_measurement_is_all()
    {
        var session = new FakeSession(2, lanes: 2) { OnRun = Take(_ => 10) };

        var (lanes, costs) = await WarmUp(session, 2).RunAsync(Token);

        Assert.Equal(2, costs.MaxBatch);
        Assert.Equal(2 * RunsToMeasure, session.Batches.Count);
        Assert.Equal([1, 2, 2, 2], session.CreatedLanes.Select(lane => lane.MaxBatchSize));
        Assert.All(lanes, lane => Assert.False(((FakeLane)lane.Lane).Disposed));
        lanes.ToList().ForEach(lane => lane.Dispose());
    }

    [Fact]
    public async Task A_size_that_runs_out_of_memory_ends_the_measurement_below_it()
    {
        var session = Session(lanes: 1, milliseconds: _ => 10);
        session.OutOfMemoryFrom = 8;

        var (lanes, costs) = await WarmUp(session, 32).RunAsync(Token);

        Assert.Equal((4, 4), (costs.MaxBatch, costs.BestBatch));
        Assert.Single(session.Batches, 8);
        Assert.Equal(
            "Model tiny ran out of memory on cuda:0 with 8 images in a batch; its batches have at most 4 from now on",
            Assert.Single(_logger.Collector.GetSnapshot()).Message);
        lanes[0].Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public async Task A_size_that_runs_out_of_memory_when_the_lanes_run_it_is_left_out(int runsBefore)
    {
        var session = Session(lanes: 2, milliseconds: _ => 10);
        session.OnRun += _ => session.OutOfMemoryFrom = session.Batches.Count > (4 * RunsToMeasure) + runsBefore ? 6 : int.MaxValue;

        var (lanes, costs) = await WarmUp(session, 8).RunAsync(Token);

        Assert.Equal(4, costs.MaxBatch);
        Assert.Single(_logger.Collector.GetSnapshot());
        Assert.Equal([4, 4, 3, 3, 2, 2, 1, 1], session.Batches.SkipLast(2 * MixedRuns).TakeLast(8));
        Assert.All(session.Batches.TakeLast(2 * MixedRuns), batch => Assert.InRange(batch, 1, 4));
        lanes.ToList().ForEach(thread => thread.Dispose());
    }

    [Fact]
    public async Task A_failure_is_the_task_s_exception_and_frees_the_buffers()
    {
        var session = Session(lanes: 2, milliseconds: _ => 10);
        session.OutOfMemoryFrom = 1;
        Assert.Equal(1, (await Assert.ThrowsAsync<OutOfDeviceMemoryException>(() => WarmUp(session, 8).RunAsync(Token))).Images);
        session.OutOfMemoryFrom = int.MaxValue;
        session.NextError = new InvalidOperationException("broken");

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => WarmUp(session, 8).RunAsync(Token))).Message);

        Assert.All(session.CreatedLanes, lane => Assert.True(lane.Disposed));
    }

    [Fact]
    public async Task A_canceled_warm_up_ends()
    {
        using var cancel = new CancellationTokenSource();
        var session = Session(lanes: 2, milliseconds: _ => 10);
        session.OnRun += _ => cancel.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => WarmUp(session, 8).RunAsync(cancel.Token));

        Assert.Single(session.Batches);
    }

    private WarmUp WarmUp(FakeSession session, int maxBatchSize) => new(session, maxBatchSize, "tiny", "cuda:0", _time, _logger);

    private FakeSession Session(int lanes, Func<int, int> milliseconds) => new(32, lanes) { WarmsUpBySize = true, OnRun = Take(milliseconds) };

    private Action<int> Take(Func<int, int> milliseconds) => size => _time.Advance(TimeSpan.FromMilliseconds(milliseconds(size)));
}
