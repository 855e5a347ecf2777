using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class DrainTests
{
    [Fact]
    public async Task A_drain_finishes_what_waits_and_refuses_what_comes()
    {
        await using var host = new BatcherHost(new BatchingOptions { MaxBatchSize = 4 });
        var running = await host.OccupyAsync();
        var crops = TestCrops.Create(6);
        var waiting = host.EmbedAsync(crops);

        var drain = host.Batcher.DrainAsync(TestContext.Current.CancellationToken);
        await DynamicBatcherTests.AssertFailsAsync(host.EmbedAsync(TestCrops.Create(1)), InferenceErrorKind.Draining);
        Assert.False(drain.IsCompleted);
        host.Session.ReleaseAll();
        await drain;

        Assert.True(running.IsCompletedSuccessfully);
        Assert.Equal(TestCrops.FeaturesOf(crops), (await waiting).Features);
    }

    [Fact]
    public async Task A_drain_out_of_patience_stops_the_batch_and_refuses_what_waits()
    {
        await using var host = new BatcherHost(new BatchingOptions { MaxBatchSize = 4 });
        using var patience = new CancellationTokenSource();
        var running = await host.OccupyAsync();
        var waiting = host.EmbedAsync(TestCrops.Create(6));
        var drain = host.Batcher.DrainAsync(patience.Token);

        await patience.CancelAsync();
        await drain;

        await DynamicBatcherTests.AssertFailsAsync(running, InferenceErrorKind.Draining);
        await DynamicBatcherTests.AssertFailsAsync(waiting, InferenceErrorKind.Draining);
        Assert.Equal([1], host.Session.Batches);
    }

    [Fact]
    public async Task An_idle_batcher_drains_at_once_and_may_be_drained_again()
    {
        await using var host = new BatcherHost(new BatchingOptions());

        await host.Batcher.DrainAsync(TestContext.Current.CancellationToken);
        await host.Batcher.DrainAsync(TestContext.Current.CancellationToken);

        Assert.Empty(host.Session.Batches);
    }
}
