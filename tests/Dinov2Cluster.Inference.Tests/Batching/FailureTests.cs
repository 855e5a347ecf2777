using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class FailureTests
{
    [Fact]
    public async Task An_image_that_the_model_chokes_on_fails_alone()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 8 }) { ExpectedErrors = 1 };
        var first = await host.OccupyAsync();
        var good = TestCrops.CreateEach(2, 3, 1);
        var bad = TestCrops.Create(1);
        host.Session.Choke = bad;
        var before = host.EmbedAsync(good[0]);
        var doomed = host.EmbedAsync(bad);
        var after = good[1..].Select(crops => host.EmbedAsync(crops)).ToArray();

        host.Session.ReleaseAll();
        await first.OkAsync();
        var error = await Replies.AssertRefusedAsync(doomed, EmbedStatus.DeviceFailed);

        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(good.Select(TestCrops.FeaturesOf), (await Replies.AllOkAsync([before, .. after])).Select(result => result.Features));
        Assert.Equal([1, 7, 1, 1, 1, 1, 1, 1, 1], host.Session.Batches);
    }

    [Fact]
    public async Task A_job_with_a_bad_image_fails_once_and_costs_no_more_than_that_image()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }) { ExpectedErrors = 1 };
        var crops = TestCrops.Create(9);
        host.Session.Choke = crops[TestCrops.Bytes..(2 * TestCrops.Bytes)];

        await Replies.AssertRefusedAsync(host.EmbedAsync(crops), EmbedStatus.DeviceFailed);
        var next = TestCrops.Create(1);
        var result = await host.EmbedAsync(next);

        Assert.Equal(TestCrops.FeaturesOf(next), result.Features);
        Assert.Equal([4, 1, 1, 1], host.Session.Batches);
        Assert.Equal(0, host.Engine.QueueDepth);
    }

    [Fact]
    public async Task A_passing_fault_fails_no_job()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        host.Session.NextError = new InvalidOperationException();
        var crops = TestCrops.Create(6);

        var result = await host.EmbedAsync(crops);

        Assert.Equal(TestCrops.FeaturesOf(crops), result.Features);
        Assert.Equal([4, 1, 1, 1, 1, 2], host.Session.Batches);
    }

    [Fact]
    public async Task A_device_that_fails_twice_fails_each_batch_with_one_error_in_the_log_and_stays_in_service()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }) { ExpectedErrors = 2 };
        var bad = TestCrops.CreateEach(2, 4);
        host.Session.Choke = [.. bad[0], .. bad[1]];

        await Replies.AssertRefusedAsync(host.EmbedAsync(bad[0]), EmbedStatus.DeviceFailed);
        await Replies.AssertRefusedAsync(host.EmbedAsync(bad[1]), EmbedStatus.DeviceFailed);
        host.Session.Choke = [];

        Assert.Equal(TestCrops.FeaturesOf(bad[0]), (await host.EmbedAsync(bad[0])).Features);
    }

    [Fact]
    public async Task An_image_whose_deadline_passed_while_its_batch_failed_is_not_tried_again()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        host.Session.Hold();
        var late = host.EmbedAsync(TestCrops.Create(2), Deadline.After(host.Time, TimeSpan.FromSeconds(1)));
        await host.Session.EnteredAsync();
        host.Time.Advance(TimeSpan.FromSeconds(1));
        host.Session.NextError = new InvalidOperationException();

        host.Session.ReleaseAll();

        await Replies.AssertRefusedAsync(late, EmbedStatus.DeadlineExceeded);
        Assert.Equal([2], host.Session.Batches);
    }

    [Fact]
    public async Task A_stopped_batch_is_not_tried_again()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        host.Session.Hold();
        using var timeout = new CancellationTokenSource();
        var task = host.EmbedAsync(TestCrops.Create(3));
        await host.Session.EnteredAsync();

        var drain = host.Engine.DrainAsync(timeout.Token);
        await timeout.CancelAsync();
        await drain;

        await Replies.AssertRefusedAsync(task, EmbedStatus.Draining);
        Assert.Equal([3], host.Session.Batches);
    }
}
