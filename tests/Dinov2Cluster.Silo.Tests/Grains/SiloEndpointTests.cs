using System.Net;
using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Silo.Tests.Grains;

public sealed class SiloEndpointTests(SiloHosts hosts) : IClassFixture<SiloHosts>
{
    private static readonly byte[] _crop = GoldenData.Crop(GoldenData.Images[0]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a", "a", "false")]
    [InlineData("b", "b", "false")]
    [InlineData("a", "b", "true")]
    [InlineData("b", "a", "true")]
    public async Task A_call_comes_in_at_the_silo_it_names_and_is_answered_by_the_device_s_owner(string endpoint, string owner, string forwarded)
    {
        using var here = hosts.CallsAt(endpoint);
        using var there = hosts.CallsAt(endpoint == "a" ? "b" : "a");

        var reply = await EmbedAsync(hosts.EndpointOf(endpoint), owner);

        Assert.Equal(EmbedStatus.Ok, reply.Status);
        Assert.Equal(128, reply.Features.Length);
        var call = Assert.Single(here.GetMeasurementSnapshot());
        Assert.Equal((1L, forwarded), (call.Value, call.Tags["forwarded"]));
        Assert.Empty(there.GetMeasurementSnapshot());
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_fails_the_call_at_once() =>
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => EmbedAsync(SiloAddress.New(IPAddress.Loopback, 1, 0), "b"));

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "b")]
    public async Task A_catalog_is_the_named_silo_s(string endpoint, string silo)
    {
        var catalog = await DescribeAsync(hosts.EndpointOf(endpoint), silo);

        Assert.Equal((silo, false), (catalog.Silo, catalog.Draining));
        var offers = catalog.Offers.OrderBy(offer => offer.Address.Model, StringComparer.Ordinal).ToArray();
        Assert.Equal(
            [new(silo, "simulated:0", SiloHosts.PatchTokensModel), new(silo, "simulated:0", SiloHosts.Model)],
            offers.Select(offer => offer.Address));
        Assert.Equal([256, 0], offers.Select(offer => offer.PatchTokens));
        Assert.All(offers, offer => Assert.Matches("^[0-9a-f]{64}$", offer.Checksum));
    }

    [Fact]
    public async Task One_checkpoint_has_one_checksum_on_every_silo() => Assert.Equal(
        (await OfferAsync("a")).Checksum,
        (await OfferAsync("b")).Checksum);

    [Fact]
    public async Task Answered_images_are_counted()
    {
        var before = (await OfferAsync("a")).Images;

        await EmbedAsync(hosts.EndpointOf("a"), "a");

        // Other tests of this class run before or after this one, not at the same time.
        Assert.Equal(before + 1, (await OfferAsync("a")).Images);
    }

    private async Task<DeviceOffer> OfferAsync(string silo) =>
        (await DescribeAsync(hosts.EndpointOf(silo), silo)).Offers.Single(offer => offer.Address.Model == SiloHosts.Model);

    private Task<EmbedReply> EmbedAsync(SiloAddress endpoint, string owner) => hosts.Client.GetGrain<ISiloEndpoint>(SiloEndpointId.At(endpoint)).EmbedAsync(
        new DeviceAddress(owner, "simulated:0", SiloHosts.Model), new EmbedRequest(new CropPayload(_crop), 1, TimeSpan.FromSeconds(10)), Cancellation);

    private Task<SiloCatalog> DescribeAsync(SiloAddress endpoint, string silo) =>
        hosts.Client.GetGrain<ISiloEndpoint>(SiloEndpointId.At(endpoint)).DescribeAsync(silo, Cancellation);
}
