using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class WorkloadTests
{
    [Fact]
    public async Task What_the_device_computes_and_has_answered_is_counted_in_images()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        Assert.Equal((0, 0, 0), State(host));
        var first = await host.OccupyAsync();
        var second = host.EmbedAsync(TestCrops.Create(3));
        Assert.Equal((3, 1, 0), State(host));

        host.Session.ReleaseOne();
        await first.OkAsync();
        await host.Session.EnteredAsync();
        Assert.Equal((0, 3, 1), State(host));
        host.Session.ReleaseAll();

        Assert.Equal((0, 0), ((await second).QueueDepth, (await second).Computing));
        Assert.Equal((0, 0, 4), State(host));
    }

    [Fact]
    public async Task A_split_job_is_answered_as_a_whole()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        host.Session.Hold();
        var job = host.EmbedAsync(TestCrops.Create(6));
        await host.Session.EnteredAsync();
        Assert.Equal((2, 4, 0), State(host));

        host.Session.ReleaseOne();
        await host.Session.EnteredAsync();
        Assert.Equal((0, 2, 0), State(host));
        host.Session.ReleaseAll();
        await job.OkAsync();

        Assert.Equal((0, 0, 6), State(host));
    }

    [Fact]
    public async Task Images_that_fail_or_are_canceled_leave_the_device_and_are_not_answered()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }) { ExpectedErrors = 1 };
        var bad = TestCrops.Create(2);
        host.Session.Choke = bad;
        host.Session.Hold();
        using var cancel = new CancellationTokenSource();
        var canceled = host.EmbedCancelableAsync(TestCrops.Create(1), cancel.Token);
        await host.Session.EnteredAsync();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        Assert.Equal((0, 1, 0), State(host));
        host.Session.ReleaseAll();
        await Replies.AssertRefusedAsync(host.EmbedAsync(bad), EmbedStatus.DeviceFailed);
        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, 0, 0), State(host));
    }

    private static (int Waiting, int Computing, long Answered) State(EngineHost host) =>
        (host.Engine.QueueDepth, host.Engine.Computing, host.Engine.ImagesAnswered);
}
