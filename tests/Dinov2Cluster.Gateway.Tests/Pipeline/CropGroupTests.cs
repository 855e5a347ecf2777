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

public sealed class CropGroupTests
{
    private static readonly ImageInput[] _oneImage = [new("a"u8.ToArray(), ImageInputKind.Text)];

    [Fact]
    public async Task After_a_good_call_the_crops_are_back_in_the_pool()
    {
        var group = await RunAsync((model, crops) => Task.FromResult(FakeRouter.Answer(model, crops)));

        Assert.Throws<ObjectDisposedException>(() => group.Buffer);
    }

    [Fact]
    public async Task After_a_failed_call_the_crops_stay_out_of_the_pool_because_a_device_may_still_read_them()
    {
        var group = await RunAsync((_, _) => throw new EmbeddingException(EmbeddingErrorKind.NoDevice));

        Assert.NotNull(group.Buffer);
    }

    [Fact]
    public void Asking_for_a_crop_beyond_the_group_is_an_error()
    {
        var group = new CropGroup(2, 14);

        Assert.Equal(2 * 14 * 14 * 3, group.Length);
        Assert.Equal(group.Length, group.Pixels.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => group.Crop(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CropGroup(CropGroup.MaxCount + 1, 14));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CropGroup(0, 14));
        var one = new CropGroup(1, 14);
        Assert.Equal(14 * 14 * 3, one.Pixels.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Crop(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => CropGroup.Join([.. Enumerable.Range(0, CropGroup.MaxCount + 1).Select(_ => new CropGroup(1, 14))]));
        one.Release();
        group.Release();
    }

    [Fact]
    public void Joined_groups_keep_the_order_of_their_crops_and_are_released()
    {
        CropGroup[] groups = [new(1, 2), new(2, 2), new(1, 2)];
        groups[0].Crop(0).Span.Fill(1);
        groups[1].Crop(0).Span.Fill(2);
        groups[1].Crop(1).Span.Fill(3);
        groups[2].Crop(0).Span.Fill(4);

        var joined = CropGroup.Join(groups);

        Assert.Equal(4, joined.Count);
        Assert.Equal(Enumerable.Range(0, 48).Select(i => (byte)(1 + (i / 12))), joined.Pixels.ToArray());
        Assert.All(groups, group => Assert.Throws<ObjectDisposedException>(() => group.Buffer));
        Assert.Same(joined, CropGroup.Join([joined]));
        joined.Release();
    }

    [Fact]
    public void The_array_goes_back_to_the_pool_with_the_last_release()
    {
        var group = new CropGroup(1, 14);
        group.Hold();

        group.Release();
        Assert.NotNull(group.Buffer);
        group.Release();

        Assert.Throws<ObjectDisposedException>(() => group.Buffer);
    }

    private static async Task<CropGroup> RunAsync(Func<ServedModel, CropGroup, Task<GroupResult>> embed)
    {
        CropGroup? seen = null;
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
        catch (EmbeddingException exception)
        {
            Assert.Equal(EmbeddingErrorKind.NoDevice, exception.Kind);
        }

        return seen!;
    }
}
