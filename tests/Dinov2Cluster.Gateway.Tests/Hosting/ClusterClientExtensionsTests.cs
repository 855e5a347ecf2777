using System.Net;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Tests.Hosting;

public sealed class ClusterClientExtensionsTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("2001:db8::3", "2001:db8::3")]
    [InlineData("localhost", "127.0.0.1")]
    public void A_silo_endpoint_without_Redis_has_an_address_of_any_kind(string advertised, string expected)
    {
        var uri = ClusterClientExtensions.SiloEndpoint(new ClusterMemberOptions { AdvertisedIp = advertised, GatewayPort = 30001 });

        Assert.Equal("gwy.tcp", uri.Scheme);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(expected), 30001), uri.ToGatewayAddress()?.Endpoint);
    }
}
