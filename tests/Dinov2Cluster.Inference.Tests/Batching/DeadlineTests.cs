using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class DeadlineTests
{
    [Fact]
    public void A_deadline_passes_at_its_moment_and_the_default_never_does()
    {
        var time = new TestClock();
        var deadline = Deadline.After(time, TimeSpan.FromSeconds(2));

        Assert.False(deadline.HasPassed(time.GetTimestamp()));
        time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.False(deadline.HasPassed(time.GetTimestamp()));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.True(deadline.HasPassed(time.GetTimestamp()));

        Assert.False(Deadline.None.HasPassed(long.MaxValue));
        Assert.Equal(Deadline.None, Deadline.After(time, TimeSpan.MaxValue));
        Assert.True(Deadline.After(time, TimeSpan.MinValue).HasPassed(time.GetTimestamp()));
    }

    [Fact]
    public async Task An_expired_job_is_refused_at_once()
    {
        await using var host = new EngineHost(new BatchingOptions());

        await Replies.AssertRefusedAsync(
            host.EmbedAsync(TestCrops.Create(1), Deadline.After(host.Time, TimeSpan.Zero)), EmbedStatus.DeadlineExceeded);

        Assert.Empty(host.Session.Batches);
    }

    [Fact]
    public async Task A_job_that_expires_in_the_queue_costs_no_compute()
    {
        await using var host = new EngineHost(new BatchingOptions());
        await host.OccupyAsync();
        var expired = host.EmbedAsync(TestCrops.Create(3), Deadline.After(host.Time, TimeSpan.FromSeconds(1)));
        var crops = TestCrops.Create(2);
        var alive = host.EmbedAsync(crops, Deadline.After(host.Time, TimeSpan.FromSeconds(5)));

        host.Time.Advance(TimeSpan.FromSeconds(1));
        host.Session.ReleaseAll();

        await Replies.AssertRefusedAsync(expired, EmbedStatus.DeadlineExceeded);
        Assert.Equal(TestCrops.FeaturesOf(crops), (await alive).Features);
        Assert.Equal([1, 2], host.Session.Batches);
    }

    [Fact]
    public async Task A_split_job_that_expires_between_its_batches_costs_no_further_batch()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        host.Session.Hold();
        var task = host.EmbedAsync(TestCrops.Create(6), Deadline.After(host.Time, TimeSpan.FromSeconds(1)));
        await host.Session.EnteredAsync();

        host.Time.Advance(TimeSpan.FromSeconds(1));
        host.Session.ReleaseAll();

        await Replies.AssertRefusedAsync(task, EmbedStatus.DeadlineExceeded);
        Assert.Equal([4], host.Session.Batches);
        Assert.Equal(0, host.Engine.QueueDepth);
    }

    [Fact]
    public async Task A_job_that_was_computed_is_answered_even_after_its_deadline()
    {
        await using var host = new EngineHost(new BatchingOptions());
        host.Session.Hold();
        var crops = TestCrops.Create(1);
        var task = host.EmbedAsync(crops, Deadline.After(host.Time, TimeSpan.FromSeconds(1)));
        await host.Session.EnteredAsync();

        host.Time.Advance(TimeSpan.FromSeconds(9));
        host.Session.ReleaseAll();

        Assert.Equal(TestCrops.FeaturesOf(crops), (await task).Features);
    }

    [Fact]
    public async Task A_job_that_the_device_can_t_make_in_time_is_refused_at_once_even_while_the_device_is_busy()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }, new CostCurve([1, 2, 4], [1, 1.5, 2]));
        await host.OccupyAsync();

        // 1 s for the batch in flight, 4 s for eight images.
        await Replies.AssertRefusedAsync(
            host.EmbedAsync(TestCrops.Create(8), Deadline.After(host.Time, TimeSpan.FromSeconds(4.9))), EmbedStatus.DeadlineExceeded);
        var possible = host.EmbedAsync(TestCrops.Create(8), Deadline.After(host.Time, TimeSpan.FromSeconds(5.1)));
        host.Session.ReleaseAll();

        Assert.Equal(8 * TestCrops.Features, (await possible).Features.Length);
    }

    [Fact]
    public void Of_two_deadlines_the_earlier_one_is_found_and_none_is_the_latest()
    {
        var time = new TestClock();
        var soon = Deadline.After(time, TimeSpan.FromSeconds(1));
        var late = Deadline.After(time, TimeSpan.FromSeconds(2));

        Assert.Equal(soon, Deadline.Earlier(soon, late));
        Assert.Equal(soon, Deadline.Earlier(late, soon));
        Assert.Equal(late, Deadline.Earlier(Deadline.None, late));
        Assert.Equal(Deadline.None, Deadline.Earlier(Deadline.None, Deadline.None));
    }
}
