using System.Net;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Hosting;
using Orleans.Configuration;

namespace Dinov2Cluster.Silo.Tests.Hosting;

public sealed class SiloClusterExtensionsTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void A_silo_on_loopback_listens_nowhere_else(string advertised)
    {
        var endpoints = Endpoints(advertised);

        Assert.Equal(IPAddress.Parse(advertised), endpoints.AdvertisedIPAddress);
        Assert.Null(endpoints.SiloListeningEndpoint);
        Assert.Null(endpoints.GatewayListeningEndpoint);
    }

    [Theory]
    [InlineData("10.1.2.3", "0.0.0.0")]
    [InlineData("fd00::3", "::")]
    public void A_silo_with_a_pod_address_listens_on_every_address(string advertised, string any)
    {
        var endpoints = Endpoints(advertised);

        Assert.Equal(new IPEndPoint(IPAddress.Parse(any), 1), endpoints.SiloListeningEndpoint);
        Assert.Equal(new IPEndPoint(IPAddress.Parse(any), 2), endpoints.GatewayListeningEndpoint);
    }

    [Fact]
    public void A_host_name_stands_for_its_address()
    {
        var endpoints = Endpoints("localhost");

        Assert.Equal(IPAddress.Loopback, endpoints.AdvertisedIPAddress);
        Assert.Null(endpoints.SiloListeningEndpoint);
    }

    private static EndpointOptions Endpoints(string advertised)
    {
        var options = new EndpointOptions();
        SiloClusterExtensions.SetEndpoints(options, new ClusterMemberOptions { AdvertisedIp = advertised, SiloPort = 1, GatewayPort = 2 });
        return options;
    }
}
