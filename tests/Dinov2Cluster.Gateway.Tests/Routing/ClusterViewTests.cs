using System.Net;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ClusterViewTests
{
    private static readonly TestClock _time = new();

    [Fact]
    public void A_model_is_served_by_every_device_that_offers_it()
    {
        var view = ClusterView.Empty.Next([Silo("a", Offer("a", "cpu:0", "m")), Silo("b", Offer("b", "cpu:0", "m"), Offer("b", "cpu:1", "m"))], _time);

        Assert.Equal(["m"], view.Models);
        Assert.Equal(["a/cpu:0/m", "b/cpu:0/m", "b/cpu:1/m"], view.Find("m")!.Devices.Select(device => device.Address.ToString()));
    }

    [Fact]
    public void A_draining_silo_is_left_out()
    {
        var (silo, catalog) = Silo("a", Offer("a", "cpu:0", "m"));

        var view = ClusterView.Empty.Next([(silo, catalog with { Draining = true })], _time);

        Assert.Empty(view.Models);
        Assert.Null(view.Find("m"));
    }

    [Fact]
    public void A_device_that_stays_keeps_its_counters()
    {
        var first = ClusterView.Empty.Next([Silo("a", Offer("a", "cpu:0", "m"))], _time);
        first.Find("m")!.Devices[0].Sent(3);

        var second = first.Next([Silo("a", Offer("a", "cpu:0", "m")), Silo("b", Offer("b", "cpu:0", "m"))], _time);

        Assert.Equal([3, 0], second.Find("m")!.Devices.Select(device => device.ImagesInFlight));
    }

    [Fact]
    public void Rows_of_one_name_never_come_from_models_of_different_sizes()
    {
        var other = Offer("b", "cpu:0", "m") with { EmbeddingSize = 768 };

        var view = ClusterView.Empty.Next([Silo("b", other), Silo("a", Offer("a", "cpu:0", "m"))], _time);

        Assert.Equal(384, view.Find("m")!.Model.EmbeddingSize);
        Assert.Equal("a/cpu:0/m", Assert.Single(view.Find("m")!.Devices).Address.ToString());
    }

    [Fact]
    public void A_device_is_reached_at_the_door_of_its_silo_as_membership_last_named_it()
    {
        var first = ClusterView.Empty.Next([Silo("a", Offer("a", "cpu:0", "m"))], _time);
        var device = first.Find("m")!.Devices[0];
        Assert.Null(device.Endpoint);
        var (silo, catalog) = Silo("a", Offer("a", "cpu:0", "m"));
        var gateway = SiloAddress.New(IPAddress.Loopback, 30000, 0);

        var second = first.Next([(silo with { Endpoint = gateway }, catalog)], _time);

        Assert.Same(device, second.Find("m")!.Devices[0]);
        Assert.Equal(gateway, device.Endpoint);
    }

    [Fact]
    public void An_offer_is_news_to_its_device_once()
    {
        var offer = Offer("a", "cpu:0", "m") with { Costs = new([1]), QueueDepth = 4 };
        var old = Silo("a", offer);
        var first = ClusterView.Empty.Next([old], _time);
        var device = first.Find("m")!.Devices[0];
        Assert.Equal(4, device.OtherImages);
        device.Observe(waiting: 0, computing: 0);

        var second = first.Next([old, Silo("b", Offer("b", "cpu:0", "m"))], _time);
        Assert.Equal(0, device.OtherImages);
        second.Next([Silo("a", offer with { QueueDepth = 2 })], _time);

        Assert.Equal(2, device.OtherImages);
    }

    [Fact]
    public void Models_of_one_name_with_different_weights_are_not_mixed()
    {
        var other = Offer("b", "cpu:0", "m") with { Checksum = "2" };

        var view = ClusterView.Empty.Next([Silo("a", Offer("a", "cpu:0", "m")), Silo("b", other)], _time);

        Assert.Equal("1", view.Find("m")!.Model.Checksum);
        Assert.Equal("a/cpu:0/m", Assert.Single(view.Find("m")!.Devices).Address.ToString());
    }

    private static (SiloMember Silo, SiloCatalog Catalog) Silo(string name, params DeviceOffer[] offers) =>
        (new(name, Endpoint: null), new(name, Draining: false, offers));

    private static DeviceOffer Offer(string silo, string device, string model) =>
        new(new DeviceAddress(silo, device, model), EmbeddingSize: 384, ShortestEdge: 256, CropSize: 224, Checksum: "1", new([0.001]), QueueDepth: 0, Computing: 0, Images: 0, PatchTokens: 0, PixelNormalization.Published);
}
