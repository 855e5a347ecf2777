using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class CancellationTests
{
    [Fact]
    public async Task A_caller_that_has_canceled_already_gets_no_compute()
    {
        await using var host = new EngineHost(new BatchingOptions());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.EmbedCancelableAsync(TestCrops.Create(1), new CancellationToken(canceled: true)));
        await host.EmbedAsync(TestCrops.Create(2)).OkAsync();

        Assert.Equal([2], host.Session.Batches);
    }

    [Fact]
    public async Task A_waiting_job_is_canceled_at_once_and_never_computed()
    {
        await using var host = new EngineHost(new BatchingOptions());
        await host.OccupyAsync();
        using var cancel = new CancellationTokenSource();
        var canceled = host.EmbedCancelableAsync(TestCrops.Create(4), cancel.Token);
        var crops = TestCrops.Create(2);
        var other = host.EmbedAsync(crops);

        await cancel.CancelAsync();

        // The device is still held: the task does not wait for it.
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        Assert.Equal(cancel.Token, error.CancellationToken);
        Assert.Equal(2, host.Engine.QueueDepth);
        host.Session.ReleaseAll();
        Assert.Equal(TestCrops.FeaturesOf(crops), (await other).Features);
        Assert.Equal([1, 2], host.Session.Batches);
    }

    [Fact]
    public async Task A_job_canceled_while_its_crops_are_copied_completes_only_after_the_copy_and_is_not_computed()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        using var copying = new SemaphoreSlim(0);
        using var go = new SemaphoreSlim(0);
        host.Session.OnInput = () =>
        {
            host.Session.OnInput = null;
            copying.Release();
            go.Wait(TimeSpan.FromSeconds(30));
        };
        using var cancel = new CancellationTokenSource();
        var canceled = host.EmbedCancelableAsync(TestCrops.Create(6), cancel.Token);
        Assert.True(await copying.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        var crops = TestCrops.Create(3);
        var other = host.EmbedAsync(crops);

        await cancel.CancelAsync();
        Assert.False(canceled.IsCompleted);
        go.Release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        Assert.Equal(TestCrops.FeaturesOf(crops), (await other).Features);
        Assert.Equal([3], host.Session.Batches);
        Assert.Equal(0, host.Engine.QueueDepth);
    }

    [Fact]
    public async Task A_job_canceled_during_the_run_completes_at_once_and_its_neighbor_is_unharmed()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        var first = await host.OccupyAsync();
        using var cancel = new CancellationTokenSource();
        var canceled = host.EmbedCancelableAsync(TestCrops.Create(7), cancel.Token);
        host.Session.ReleaseOne();
        await first.OkAsync();
        await host.Session.EnteredAsync();
        var crops = TestCrops.Create(1);
        var other = host.EmbedAsync(crops);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);
        Assert.Equal(1, host.Engine.QueueDepth);
        host.Session.ReleaseAll();

        Assert.Equal(TestCrops.FeaturesOf(crops), (await other).Features);
        Assert.Equal([1, 4, 1], host.Session.Batches);
    }

    [Fact]
    public async Task A_cancellation_that_comes_too_late_changes_nothing()
    {
        await using var host = new EngineHost(new BatchingOptions());
        using var cancel = new CancellationTokenSource();
        var crops = TestCrops.Create(1);
        var task = host.EmbedCancelableAsync(crops, cancel.Token);
        await task.OkAsync();

        await cancel.CancelAsync();

        Assert.Equal(TestCrops.FeaturesOf(crops), (await task).Features);
    }
}
