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

    [Theory]
    [InlineData("urls http://127.0.0.1:8080, Gateway:GrpcUrl http://127.0.0.1:8081")]
    [InlineData("urls http://+:80, urls https://+:443", "urls", "http://+:80;https://+:443", "Gateway:GrpcUrl", "")]
    [InlineData("http_ports http://*:80, Gateway:ManagementUrl http://+:82", "urls", "", "http_ports", "80", "Gateway:GrpcUrl", "", "Gateway:ManagementUrl", "http://+:82")]
    [InlineData("Kestrel:Endpoints:Public:Url http://*:80", "Kestrel:Endpoints:Public:Url", "http://*:80")]
    public void Every_address_is_known_with_its_setting(string expected, params string[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddDinov2GatewayDefaults();
        foreach (var setting in settings.Chunk(2))
        {
            configuration[setting[0]] = setting[1];
        }

        var options = configuration.GetSection(GatewayOptions.Section).Get<GatewayOptions>() ?? new GatewayOptions();
        Assert.Equal(expected, string.Join(", ", GatewayAddresses.All(configuration, options).Select(address => $"{address.Setting} {address.Url}")));
    }
}
