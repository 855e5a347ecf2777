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
        Assert.Equal((1, TimeSpan.FromSeconds(2)), (copy.Count, copy.Timeout));
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
        Assert.Equal((2, 2), (copied.Costs.BestBatch, copied.Costs.MaxBatch));
        Assert.Equal([0.25, 0.375], Enumerable.Range(1, 2).Select(copied.Costs.Seconds));
        Assert.Equal(offer, copied with { Costs = offer.Costs });
    }

    [Fact]
    public void A_cost_curve_is_the_same_on_both_sides()
    {
        var curve = new CostCurve([1, 2, 4, 8], [0.01, 0.015, 0.02, 0.08]);

        var copy = Serializer.Deserialize<CostCurve>(Serializer.SerializeToArray(curve))!;

        Assert.Equal((4, 8), (curve.BestBatch, curve.MaxBatch));
        Assert.Equal((4, 8), (copy.BestBatch, copy.MaxBatch));
        Assert.Equal(curve.MeasuredSizes, copy.MeasuredSizes);
        Assert.Equal(Enumerable.Range(1, 8).Select(curve.Seconds), Enumerable.Range(1, 8).Select(copy.Seconds));
        Assert.Equal((curve.ImagesPerSecond, curve.DrainSeconds(19)), (copy.ImagesPerSecond, copy.DrainSeconds(19)));
    }

    [Fact]
    public void Statuses_keep_their_numbers() => Assert.Equal(
        ["Ok", "QueueFull", "DeadlineExceeded", "DeviceFailed", "Draining", "NotServed", "InvalidRequest"],
        Enumerable.Range(0, Enum.GetValues<EmbedStatus>().Length).Select(number => ((EmbedStatus)number).ToString()));
}
