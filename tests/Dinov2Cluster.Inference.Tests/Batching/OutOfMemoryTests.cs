using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class OutOfMemoryTests
{
    private static readonly CostCurve _curve = new([1, 2, 4, 8], [1, 1, 1, 1]);

    [Fact]
    public async Task A_batch_without_memory_runs_again_in_smaller_ones_and_its_size_is_never_tried_again()
    {
        await using var host = Host(outOfMemoryFrom: 5);
        var crops = TestCrops.CreateEach(8, 8);

        var first = await host.EmbedAsync(crops[0]).OkAsync();
        var second = await host.EmbedAsync(crops[1]).OkAsync();

        Assert.Equal(crops.Select(TestCrops.FeaturesOf), [first.Features, second.Features]);
        Assert.Equal([8, 4, 4, 4, 4], host.Session.Batches);
        Assert.Equal((4, 4), (host.Engine.MaxBatchSize, host.Engine.BestBatch));
        Assert.Equal(
            "Model nano ran out of memory on simulated:0 with 8 images in a batch; its batches have at most 4 from now on",
            Assert.Single(host.Logger.Collector.GetSnapshot()).Message);
    }

    [Fact]
    public async Task Smaller_batches_may_run_out_of_memory_too()
    {
        await using var host = Host(outOfMemoryFrom: 2);
        var crops = TestCrops.CreateEach(5, 2);
        var first = await host.OccupyAsync();
        var tasks = crops.Select(images => host.EmbedAsync(images)).ToArray();

        host.Session.ReleaseAll();
        await first.OkAsync();

        Assert.Equal(crops.Select(TestCrops.FeaturesOf), (await Replies.AllOkAsync(tasks)).Select(reply => reply.Features));
        Assert.Equal([1, 7, 4, 2, 1, 1, 1, 1, 1, 1, 1], host.Session.Batches);
        Assert.Equal(1, host.Engine.MaxBatchSize);
    }

    [Fact]
    public async Task A_bad_image_in_a_smaller_batch_fails_alone()
    {
        await using var host = Host(outOfMemoryFrom: 5);
        host.ExpectedErrors = 1;
        var first = await host.OccupyAsync();
        var crops = TestCrops.CreateEach(3, 1, 4);
        host.Session.Choke = crops[1];
        var tasks = crops.Select(images => host.EmbedAsync(images)).ToArray();

        host.Session.ReleaseAll();
        await first.OkAsync();

        await Replies.AssertRefusedAsync(tasks[1], EmbedStatus.DeviceFailed);
        Assert.Equal(TestCrops.FeaturesOf(crops[0]), (await tasks[0].OkAsync()).Features);
        Assert.Equal(TestCrops.FeaturesOf(crops[2]), (await tasks[2].OkAsync()).Features);
        Assert.Equal([1, 8, 4, 1, 1, 1, 1, 1, 1, 1, 1], host.Session.Batches);
    }

    [Fact]
    public async Task One_image_without_memory_fails()
    {
        await using var host = Host(outOfMemoryFrom: 1);
        host.ExpectedErrors = 1;

        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(1)), EmbedStatus.DeviceFailed);

        Assert.Equal([1, 1], host.Session.Batches);
    }

    [Fact]
    public async Task Two_lanes_without_memory_lose_no_image()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 8 }, _curve, lanes: 2);
        host.Session.OutOfMemoryFrom = 3;
        host.Session.Hold();
        var crops = TestCrops.CreateEach(8, 8, 8);
        var tasks = crops.Select(images => host.EmbedAsync(images)).ToArray();
        await host.Session.EnteredAsync();
        await host.Session.EnteredAsync();

        host.Session.ReleaseAll();

        Assert.Equal(crops.Select(TestCrops.FeaturesOf), (await Replies.AllOkAsync(tasks)).Select(reply => reply.Features));
        Assert.Equal(2, host.Engine.MaxBatchSize);
    }

    private static EngineHost Host(int outOfMemoryFrom)
    {
        var host = new EngineHost(new BatchingOptions { MaxBatchSize = 8 }, _curve);
        host.Session.OutOfMemoryFrom = outOfMemoryFrom;
        return host;
    }
}
