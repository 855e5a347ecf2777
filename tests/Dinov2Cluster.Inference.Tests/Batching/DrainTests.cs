using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class DrainTests
{
    [Fact]
    public async Task A_drain_finishes_what_waits_and_refuses_what_comes()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        var running = await host.OccupyAsync();
        var crops = TestCrops.Create(6);
        var waiting = host.EmbedAsync(crops);

        var drain = host.Engine.DrainAsync(TestContext.Current.CancellationToken);
        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(1)), EmbedStatus.Draining);
        Assert.False(drain.IsCompleted);
        host.Session.ReleaseAll();
        await drain;

        Assert.True(running.IsAnswered());
        Assert.Equal(TestCrops.FeaturesOf(crops), (await waiting).Features);
    }

    [Fact]
    public async Task A_drain_out_of_time_stops_the_batch_and_refuses_what_waits()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        using var timeout = new CancellationTokenSource();
        var running = await host.OccupyAsync();
        var waiting = host.EmbedAsync(TestCrops.Create(6));
        var drain = host.Engine.DrainAsync(timeout.Token);

        await timeout.CancelAsync();
        await drain;

        await Replies.AssertRefusedAsync(running, EmbedStatus.Draining);
        await Replies.AssertRefusedAsync(waiting, EmbedStatus.Draining);
        Assert.Equal([1], host.Session.Batches);
    }

    [Fact]
    public async Task An_idle_batcher_drains_at_once_and_may_be_drained_again()
    {
        await using var host = new EngineHost(new BatchingOptions());

        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);
        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);

        Assert.Empty(host.Session.Batches);
    }
}
