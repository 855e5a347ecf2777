using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Hosting;
using Microsoft.Extensions.Configuration;

namespace Dinov2Cluster.Gateway.Tests.Configuration;

public sealed class GatewayAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://+:80", "urls", "http://+:80;https://+:443")]
    [InlineData("http://+:8082", "urls", "http://+:80", "Gateway:ManagementUrl", "http://+:8082")]
    [InlineData("http://*:8080", "urls", "", "http_ports", "8080")]
    public void A_health_check_asks_where_nobody_needs_a_key(string expected, params string[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddDinov2GatewayDefaults();
        foreach (var setting in settings.Chunk(2))
        {
            configuration[setting[0]] = setting[1];
        }

        Assert.Equal(expected, GatewayAddresses.Health(configuration));
    }
}
