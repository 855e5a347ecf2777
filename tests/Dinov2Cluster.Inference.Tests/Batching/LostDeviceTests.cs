using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Tests.Fakes;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Tests.Batching;

public sealed class LostDeviceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_device_that_fails_every_image_of_three_batches_is_lost_and_what_waits_is_refused(int lanes)
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }, lanes: lanes) { ExpectedErrors = 3 };
        host.Session.Lost = true;
        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(4)), EmbedStatus.DeviceFailed);
        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(2)), EmbedStatus.DeviceFailed);
        Assert.False(host.Engine.Lost.IsCompleted);
        var third = await host.OccupyAsync();
        var waiting = host.EmbedAsync(TestCrops.Create(2));

        host.Session.ReleaseAll();

        await Replies.AssertRefusedAsync(third, EmbedStatus.DeviceFailed);
        await Replies.AssertRefusedAsync(waiting, EmbedStatus.Draining);
        await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(1)), EmbedStatus.Draining);
        Assert.Equal("CUDA failure 999: unknown error", await host.Engine.Lost);
    }

    [Fact]
    public async Task The_memory_of_a_lost_device_is_not_freed()
    {
        var host = new EngineHost(new BatchingOptions()) { ExpectedErrors = 3 };
        host.Session.Lost = true;
        for (var i = 0; i < LossDetector.FailedBatches; i++)
        {
            await Replies.AssertRefusedAsync(host.EmbedAsync(TestCrops.Create(1)), EmbedStatus.DeviceFailed);
        }

        await host.DisposeAsync();

        Assert.False(host.Session.Disposed);
        Assert.All(host.Session.CreatedLanes, lane => Assert.True(lane.Disposed));
    }

    [Fact]
    public async Task One_image_of_a_batch_that_is_computed_shows_that_the_device_lives()
    {
        await using var host = new EngineHost(new BatchingOptions { MaxBatchSize = 4 }) { ExpectedErrors = 9 };
        var bad = TestCrops.Create(1);
        host.Session.Choke = bad;
        for (var i = 0; i < 9; i++)
        {
            byte[] crops = i % 3 == 2 ? [.. TestCrops.Create(1), .. bad] : bad;
            await Replies.AssertRefusedAsync(host.EmbedAsync(crops), EmbedStatus.DeviceFailed);
        }

        Assert.False(host.Engine.Lost.IsCompleted);
    }
}
