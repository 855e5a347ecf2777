using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class BatchFormationTests
{
    [Fact]
    public async Task Rows_come_back_in_the_order_of_the_crops()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 8 });
        var crops = TestCrops.Create(5);

        var result = await host.EmbedAsync(crops);

        Assert.Equal(TestCrops.FeaturesOf(crops), result.Features);
    }

    [Fact]
    public async Task Images_that_come_while_the_device_works_make_one_batch()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 8 });
        var first = await host.OccupyAsync();
        var crops = TestCrops.CreateEach(1, 3, 2);
        var tasks = crops.Select(images => host.EmbedAsync(images)).ToArray();
        Assert.Equal(6, host.Engine.QueueDepth);

        host.Session.ReleaseAll();
        await first.OkAsync();
        var results = await Replies.AllOkAsync(tasks);

        Assert.Equal([1, 6], host.Session.Batches);
        Assert.Equal(crops.Select(TestCrops.FeaturesOf), results.Select(result => result.Features));
        Assert.Equal(0, host.Engine.QueueDepth);
    }

    [Fact]
    public async Task A_job_larger_than_a_batch_is_split_and_put_together_again()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        var crops = TestCrops.Create(10);

        var result = await host.EmbedAsync(crops);

        Assert.Equal(TestCrops.FeaturesOf(crops), result.Features);
        Assert.Equal([4, 4, 2], host.Session.Batches);
    }

    [Fact]
    public async Task A_batch_takes_the_oldest_images_and_splits_the_job_that_does_not_fit()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        var first = await host.OccupyAsync();
        var crops = TestCrops.CreateEach(3, 2, 4);
        var tasks = crops.Select(images => host.EmbedAsync(images)).ToArray();

        host.Session.ReleaseAll();
        await first.OkAsync();
        var results = await Replies.AllOkAsync(tasks);

        Assert.Equal([1, 4, 4, 1], host.Session.Batches);
        Assert.Equal(crops.Select(TestCrops.FeaturesOf), results.Select(result => result.Features));
    }

    [Fact]
    public async Task The_queue_is_bounded_in_images_exactly()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4, MaxQueueLength = 5 });
        await host.OccupyAsync();
        using var cancel = new CancellationTokenSource();
        var three = host.EmbedAsync(TestCrops.Create(3));
        var two = host.EmbedCancelableAsync(TestCrops.Create(2), cancel.Token);

        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(1)), EmbedStatus.QueueFull);
        Assert.Equal(5, host.Engine.QueueDepth);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => two);
        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(3)), EmbedStatus.QueueFull);
        var again = host.EmbedAsync(TestCrops.Create(2));
        host.Session.ReleaseAll();
        await Replies.AllOkAsync(three, again);
    }

    [Fact]
    public async Task Interactive_images_overtake_bulk_and_leave_it_its_share()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 1 });
        var first = await host.OccupyAsync();
        var bulk = Enumerable.Range(0, 2).Select(_ => TestCrops.Create(1)).ToArray();
        var tasks = bulk.Select(crops => host.EmbedAsync(crops, priority: Priority.Bulk)).Concat(Enumerable.Range(0, 10).Select(_ => host.EmbedAsync(TestCrops.Create(1)))).ToArray();
        var done = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            host.Session.ReleaseOne();
            await host.Session.EnteredAsync();
            done.Add(tasks[..2].Count(task => task.IsCompleted));
        }

        host.Session.ReleaseAll();
        await Replies.AllOkAsync([first, .. tasks]);

        // The batch that is held when n were released is number n: seven interactive, a bulk, three interactive, the other bulk.
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], done);
    }

    [Fact]
    public async Task The_predicted_drain_is_what_is_in_flight_and_what_waits()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }, new CostCurve([1, 2, 4], [1, 1.5, 2]));
        Assert.Equal(TimeSpan.Zero, host.Engine.PredictDrain());
        await host.OccupyAsync();
        var waiting = host.EmbedAsync(TestCrops.Create(6));

        host.Time.Advance(TimeSpan.FromSeconds(0.25));
        Assert.Equal(TimeSpan.FromSeconds(0.75 + 2 + 1.5), host.Engine.PredictDrain());
        host.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(TimeSpan.FromSeconds(2 + 1.5), host.Engine.PredictDrain());

        host.Session.ReleaseAll();
        await waiting.OkAsync();
    }

    [Fact]
    public async Task What_batches_take_refines_the_curve()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }, new CostCurve([1, 2, 4], [1, 1.5, 2]));
        host.Session.OnRun = _ => host.Time.Advance(TimeSpan.FromSeconds(6));

        for (var i = 0; i < 40; i++)
        {
            await host.EmbedAsync(TestCrops.Create(4)).OkAsync();
        }

        // Six seconds for four are far from what the warm-up saw for two.
        Assert.InRange(host.Engine.Costs.Seconds(2), 3, 6);
        Assert.InRange(host.Engine.Costs.Seconds(4), 5.9, 6);
    }

    [Fact]
    public async Task Nothing_of_a_caller_continues_on_the_device_thread()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 });
        var task = await host.OccupyAsync();
        var thread = task.ContinueWith(_ => Thread.CurrentThread.Name, TestContext.Current.CancellationToken, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        host.Session.ReleaseAll();

        Assert.NotEqual(EngineHost.Device, await thread);
    }

    [Fact]
    public async Task The_answer_says_how_long_it_waited_and_computed_and_what_waits_behind_it()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 2 });
        await host.OccupyAsync();
        var task = host.EmbedAsync(TestCrops.Create(2));
        var behind = host.EmbedAsync(TestCrops.Create(2));

        host.Time.Advance(TimeSpan.FromSeconds(3));
        host.Session.ReleaseOne();
        await host.Session.EnteredAsync();
        host.Time.Advance(TimeSpan.FromSeconds(2));
        host.Session.ReleaseOne();
        var result = await task.OkAsync();

        Assert.Equal(3, result.QueueSeconds);
        Assert.Equal(2, result.InferenceSeconds);
        Assert.Equal(2, result.QueueDepth);
        host.Session.ReleaseAll();
        await behind.OkAsync();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(1, TestCrops.Bytes - 1)]
    [InlineData(2, TestCrops.Bytes)]
    [InlineData(int.MaxValue, TestCrops.Bytes)]
    public async Task Crops_of_the_wrong_length_are_refused(int count, int bytes)
    {
        await using var host = new EngineHost(new BatchingOptions());

        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => host.Engine.EmbedAsync(new byte[bytes], count, Priority.Interactive, Output.Cls, Deadline.None, TestContext.Current.CancellationToken));
    }
}
