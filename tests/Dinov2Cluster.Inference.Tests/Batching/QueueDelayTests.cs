using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class QueueDelayTests
{
    private static readonly BatchingOptions _options = new() { MaxBatchSize = 4, MaxQueueDelay = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task A_batch_that_is_not_full_waits_for_the_delay_of_its_oldest_image()
    {
        await using var host = new EngineHost(_options);
        var first = host.EmbedAsync(TestCrops.Create(1));
        host.Time.Advance(TimeSpan.FromMilliseconds(19));
        var second = host.EmbedAsync(TestCrops.Create(1));

        host.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Replies.AllOkAsync(first, second);

        // Had either started before the delay was over, they would not share a batch.
        Assert.Equal([2], host.Session.Batches);
        Assert.Equal(0.020, (await first).QueueSeconds, 9);
        Assert.Equal(0.001, (await second).QueueSeconds, 9);
    }

    [Fact]
    public async Task A_full_batch_does_not_wait()
    {
        await using var host = new EngineHost(_options);
        var tasks = new[] { host.EmbedAsync(TestCrops.Create(3)), host.EmbedAsync(TestCrops.Create(1)) };

        await Replies.AllOkAsync(tasks);

        Assert.Equal([4], host.Session.Batches);
    }

    [Fact]
    public async Task The_best_batch_does_not_wait_though_a_larger_one_is_allowed()
    {
        await using var host = new EngineHost(_options, new CostCurve([1, 2, 4], [1, 1.5, 4]));

        await host.EmbedAsync(TestCrops.Create(2)).OkAsync();

        Assert.Equal([2], host.Session.Batches);
    }

    [Fact]
    public async Task A_batch_does_not_wait_until_its_oldest_image_is_late()
    {
        await using var host = new EngineHost(_options, new CostCurve([1, 2, 4], [0.010, 0.011, 0.012]));
        var task = host.EmbedAsync(TestCrops.Create(1), Deadline.After(host.Time, TimeSpan.FromMilliseconds(20)));

        // 20 ms to live, 10 to compute and one for the timer.
        host.Time.Advance(TimeSpan.FromMilliseconds(9));

        Assert.Equal(TestCrops.Features, (await task).Features.Length);
    }

    [Fact]
    public async Task A_drain_does_not_wait()
    {
        await using var host = new EngineHost(_options);
        var task = host.EmbedAsync(TestCrops.Create(1));

        await host.Engine.DrainAsync(TestContext.Current.CancellationToken);

        Assert.True(task.IsAnswered());
    }
}
