using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ClusterViewTests
{
    [Fact]
    public void A_model_is_served_by_every_device_that_offers_it()
    {
        var view = ClusterView.Empty.Next([Catalog("a", Offer("a", "cpu:0", "m")), Catalog("b", Offer("b", "cpu:0", "m"), Offer("b", "cpu:1", "m"))]);

        Assert.Equal(["m"], view.Models);
        Assert.Equal(["a/cpu:0/m", "b/cpu:0/m", "b/cpu:1/m"], view.Find("m")!.Devices.Select(device => device.Address.ToString()));
    }

    [Fact]
    public void A_draining_silo_is_left_out()
    {
        var view = ClusterView.Empty.Next([Catalog("a", Offer("a", "cpu:0", "m")) with { Draining = true }]);

        Assert.Empty(view.Models);
        Assert.Null(view.Find("m"));
    }

    [Fact]
    public void A_device_that_stays_keeps_its_counters()
    {
        var first = ClusterView.Empty.Next([Catalog("a", Offer("a", "cpu:0", "m"))]);
        first.Find("m")!.Devices[0].Sent(3);

        var second = first.Next([Catalog("a", Offer("a", "cpu:0", "m")), Catalog("b", Offer("b", "cpu:0", "m"))]);

        Assert.Equal([3, 0], second.Find("m")!.Devices.Select(device => device.ImagesInFlight));
    }

    [Fact]
    public void Rows_of_one_name_never_come_from_models_of_different_sizes()
    {
        var other = Offer("b", "cpu:0", "m") with { EmbeddingSize = 768 };

        var view = ClusterView.Empty.Next([Catalog("b", other), Catalog("a", Offer("a", "cpu:0", "m"))]);

        Assert.Equal(384, view.Find("m")!.Model.EmbeddingSize);
        Assert.Equal("a/cpu:0/m", Assert.Single(view.Find("m")!.Devices).Address.ToString());
    }

    private static SiloCatalog Catalog(string silo, params DeviceOffer[] offers) => new(silo, Draining: false, offers);

    private static DeviceOffer Offer(string silo, string device, string model) =>
        new(new DeviceAddress(silo, device, model), EmbeddingSize: 384, ShortestEdge: 256, CropSize: 224, Checksum: "1", new([0.001]), QueueDepth: 0, Computing: 0, Images: 0);
}
