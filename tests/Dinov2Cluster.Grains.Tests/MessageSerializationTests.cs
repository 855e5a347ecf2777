using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Dinov2Cluster.Grains.Tests;

public sealed class MessageSerializationTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    private Serializer Serializer => _services.GetRequiredService<Serializer>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_request_carries_its_crops_and_nothing_else_of_the_pooled_buffer()
    {
        var buffer = new byte[4096];
        new Random(1).NextBytes(buffer);

        var bytes = Serializer.SerializeToArray(new EmbedRequest(new CropPayload(buffer.AsMemory(100, 300)), Count: 1, TimeSpan.FromSeconds(2)));
        var copy = Serializer.Deserialize<EmbedRequest>(bytes)!;

        Assert.Equal(buffer.AsSpan(100, 300), copy.Crops.Pixels.Span);
        Assert.Equal((1, TimeSpan.FromSeconds(2)), (copy.Count, copy.Remaining));
        Assert.True(bytes.Length < 400, $"{bytes.Length} bytes for 300 of pixels");
    }

    [Theory]
    [InlineData(Output.Cls)]
    [InlineData(Output.PatchTokens)]
    [InlineData((Output)99)]
    public void A_request_says_which_features_it_wants_even_those_of_a_newer_version(Output output)
    {
        var request = new EmbedRequest(new CropPayload(new byte[3]), 1, TimeSpan.FromSeconds(1), Priority.Bulk, output);

        var copy = Serializer.Deserialize<EmbedRequest>(Serializer.SerializeToArray(request))!;

        Assert.Equal((Priority.Bulk, output), (copy.Priority, copy.Output));
    }

    [Fact]
    public void A_catalog_survives_the_wire()
    {
        var offer = new DeviceOffer(new DeviceAddress("a", "cpu:0", "m"), 384, 256, 224, "c0ffee", new([0.25, 0.375]), 3, 2, 1234567890123, 256, PixelNormalization.Published);
        var catalog = new SiloCatalog("a", Draining: true, [offer]);

        var copy = Serializer.Deserialize<SiloCatalog>(Serializer.SerializeToArray(catalog))!;

        Assert.Equal(("a", true), (copy.Silo, copy.Draining));
        var copied = Assert.Single(copy.Offers);
        Assert.Equal(offer.Costs.BatchSeconds, copied.Costs.BatchSeconds);
        Assert.Equal(offer, copied with { Costs = offer.Costs });
    }
}
