using CsCheck;
using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class LaneTests
{
    private static readonly BatchingOptions _options = new() { MaxBatchSize = 4 };

    [Fact]
    public async Task Two_full_batches_are_in_flight_at_once_and_a_third_waits()
    {
        await using var host = new EngineHost(_options, lanes: 2);
        host.Session.Hold();
        var crops = TestCrops.CreateEach(4, 4, 4);
        var tasks = crops.Select(images => host.EmbedAsync(images)).ToArray();

        await host.Session.EnteredAsync();
        await host.Session.EnteredAsync();

        Assert.Equal([4, 4], host.Session.Batches);
        Assert.Equal(4, host.Engine.QueueDepth);
        host.Session.ReleaseAll();
        Assert.Equal(crops.Select(TestCrops.FeaturesOf), (await Replies.AllOkAsync(tasks)).Select(result => result.Features));
    }

    [Fact]
    public async Task A_batch_that_is_not_full_grows_until_the_device_is_free()
    {
        await using var host = new EngineHost(_options, lanes: 2);
        var first = await host.OccupyAsync();
        var second = host.EmbedAsync(TestCrops.Create(1));
        var third = host.EmbedAsync(TestCrops.Create(2));

        host.Session.ReleaseAll();
        await Replies.AllOkAsync(first, second, third);

        // Had the second lane taken the second job while the first was computed, there would be a batch of one more.
        Assert.Equal([1, 3], host.Session.Batches);
    }

    [Fact]
    public async Task A_job_split_over_both_lanes_is_put_together_whichever_ends_first()
    {
        await using var host = new EngineHost(_options, lanes: 2);
        host.Session.Hold();
        var crops = TestCrops.Create(14);
        var task = host.EmbedAsync(crops);
        await host.Session.EnteredAsync();
        await host.Session.EnteredAsync();

        host.Session.ReleaseAll();

        Assert.Equal(TestCrops.FeaturesOf(crops), (await task).Features);
        Assert.Equal(14, host.Session.Batches.Sum());
    }

    [Fact]
    public async Task A_batch_that_fails_on_one_lane_leaves_the_other_alone()
    {
        await using var host = new EngineHost(_options, lanes: 2) { ExpectedErrors = 1 };
        host.Session.Hold();
        var bad = TestCrops.Create(4);
        var good = TestCrops.Create(4);
        host.Session.Choke = bad[..TestCrops.Bytes];
        var doomed = host.EmbedAsync(bad);
        var task = host.EmbedAsync(good);
        await host.Session.EnteredAsync();
        await host.Session.EnteredAsync();

        host.Session.ReleaseAll();

        await Replies.AssertRefusedAsync(doomed, EmbedStatus.DeviceFailed);
        Assert.Equal(TestCrops.FeaturesOf(good), (await task).Features);
    }

    [Fact]
    public async Task An_image_that_failed_is_not_tried_again_while_the_other_lane_copies_its_job()
    {
        await using var host = new EngineHost(_options, lanes: 2) { ExpectedErrors = 1 };
        var crops = TestCrops.Create(8);
        host.Session.Choke = [.. crops[..TestCrops.Bytes], .. crops[(4 * TestCrops.Bytes)..(5 * TestCrops.Bytes)]];
        var first = 0;
        host.Session.OnInput = () =>
        {
            var thread = Environment.CurrentManagedThreadId;
            if (Interlocked.CompareExchange(ref first, thread, 0) is not 0 and var other && other != thread)
            {
                // The other lane copies until the first is done with its half.
                SpinWait.SpinUntil(() => host.Engine.Computing == 4 || host.Session.Batches.Count > 5);
            }
            else
            {
                SpinWait.SpinUntil(() => host.Engine.Computing == 8);
            }
        };

        await Replies.AssertRefusedAsync(host.EmbedAsync(crops), EmbedStatus.DeviceFailed);

        Assert.Equal([4, 1, 1, 1, 1], host.Session.Batches);
    }

    [Fact]
    public async Task A_drain_ends_when_both_lanes_have()
    {
        var host = new EngineHost(_options, lanes: 2);
        host.Session.Hold();
        var tasks = new[] { host.EmbedAsync(TestCrops.Create(4)), host.EmbedAsync(TestCrops.Create(4)) };
        await host.Session.EnteredAsync();
        await host.Session.EnteredAsync();

        var drain = host.Engine.DrainAsync(TestContext.Current.CancellationToken);
        host.Session.ReleaseOne();
        await Task.WhenAny(tasks);
        Assert.False(drain.IsCompleted);
        host.Session.ReleaseAll();
        await drain;
        await host.DisposeAsync();

        Assert.All(tasks, task => Assert.True(task.IsAnswered()));
        Assert.Equal(2, host.Session.CreatedLanes.Count);
        Assert.All(host.Session.CreatedLanes, lane => Assert.True(lane.Disposed));
    }

    [Fact]
    public async Task Rows_never_mix_over_two_lanes_whatever_fails_or_is_canceled()
    {
        await Gen.Select(Gen.Int[1, 8], Gen.Select(Gen.Int[1, 20], Gen.Int[0, 9]).Array[1, 40]).SampleAsync(
            async (maxBatchSize, jobs) =>
            {
                await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = maxBatchSize }, lanes: 2);
                var crowd = jobs.Select(job => TestCrops.Create(job.Item1)).ToArray();
                // Too few for a lost device: each fails one batch at most.
                var doomed = Enumerable.Range(0, jobs.Length).Where(i => jobs[i].Item2 == 0).Take(LossDetector.FailedBatches - 1).ToHashSet();
                host.Session.Choke = [.. doomed.SelectMany(i => crowd[i][..TestCrops.Bytes])];
                host.Session.OnInput = () => Thread.Yield();
                await Parallel.ForEachAsync(Enumerable.Range(0, jobs.Length), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
                {
                    using var cancel = new CancellationTokenSource();
                    var crops = crowd[i];
                    var expected = TestCrops.FeaturesOf(crops);
                    var priority = i % 2 == 0 ? Priority.Bulk : Priority.Interactive;
                    var task = host.Engine.EmbedAsync(crops.AsMemory(), crops.Length / TestCrops.Bytes, priority, Output.Cls, Deadline.None, cancel.Token);
                    var reused = task.ContinueWith(_ => Array.Fill(crops, FakeSession.Poison), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                    if (jobs[i].Item2 == 1)
                    {
                        await cancel.CancelAsync();
                    }

                    try
                    {
                        var reply = await task;
                        Assert.Equal(doomed.Contains(i) ? EmbedStatus.DeviceFailed : EmbedStatus.Ok, reply.Status);
                        Assert.Equal(doomed.Contains(i) ? [] : expected, reply.Features);
                    }
                    catch (OperationCanceledException)
                    {
                        Assert.Equal(1, jobs[i].Item2);
                    }

                    await reused;
                });
                Assert.False(host.Session.SawPoison);
                Assert.Equal(0, host.Engine.QueueDepth);
                await host.Engine.DrainAsync(TestContext.Current.CancellationToken);
                host.ExpectedErrors = host.Logger.Collector.GetSnapshot().Count(record => record.Id.Id == 4004);
            },
            iter: 100);
    }
}
