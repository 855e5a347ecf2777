using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Pipeline;

public sealed class CropBatchOwnershipTests
{
    private static readonly ImageInput[] _oneImage = [new("a"u8.ToArray(), ImageInputKind.Text)];

    [Fact]
    public async Task After_a_good_call_the_crops_are_back_in_the_pool()
    {
        var batch = await RunAsync((model, crops) => Task.FromResult(FakeRouter.Answer(model, crops)));

        Assert.Throws<ObjectDisposedException>(() => batch.Buffer);
    }

    [Fact]
    public async Task After_a_failed_call_the_crops_stay_out_of_the_pool_because_a_device_may_still_read_them()
    {
        var batch = await RunAsync((_, _) => throw new EmbeddingException(EmbeddingErrorKind.NoDevice));

        Assert.NotNull(batch.Buffer);
    }

    [Fact]
    public void Asking_for_a_crop_beyond_the_batch_is_an_error()
    {
        var batch = new CropBatch(2, 14);

        Assert.Equal(2 * 14 * 14 * 3, batch.Length);
        Assert.Equal(batch.Length, batch.Pixels.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Crop(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CropBatch(CropBatch.MaxCount + 1, 14));
        batch.Trim(1);
        Assert.Equal(14 * 14 * 3, batch.Pixels.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Crop(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Trim(2));
        batch.ReturnToPool();
    }

    private static async Task<CropBatch> RunAsync(Func<ServedModel, CropBatch, Task<GroupResult>> embed)
    {
        CropBatch? seen = null;
        var router = new FakeRouter
        {
            OnEmbed = (model, crops, _) =>
            {
                seen = crops;
                return embed(model, crops);
            },
        };
        using var deadline = new RequestDeadline(new TestClock(), TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        using var run = new EmbeddingRun(
            router, new GatedCropReader(), new EmbeddingCache(Options.Create(new CacheOptions())), 
            new(router.Served["tiny"], _oneImage, default, Priority.Interactive, deadline, Caller: null), parallelism: 1);
        await run.PreprocessAsync();
        try
        {
            await run.CollectAsync();
        }
        catch (EmbeddingException error)
        {
            Assert.Equal(EmbeddingErrorKind.NoDevice, error.Kind);
        }

        return seen!;
    }
}
