using System.Net;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class FetchRulesTests
{
    [Theory]
    [InlineData("example.com", 80, "8.8.8.8", true)]
    [InlineData("example.com", 443, "8.8.8.8", true)]
    [InlineData("example.com", 8080, "8.8.8.8", false)]
    [InlineData("example.com", 22, "8.8.8.8", false)]
    [InlineData("example.com", 80, "10.0.0.1", false)]
    [InlineData("localhost", 80, "127.0.0.1", false)]
    public void By_default_only_web_ports_of_public_addresses_are_open(string host, int port, string address, bool expected) =>
        Assert.Equal(expected, Rules().Permits(host, port, IPAddress.Parse(address)));

    [Fact]
    public void Allowed_ports_replace_the_web_ports()
    {
        var rules = Rules(options => options.AllowedPorts.Add(8080));
        Assert.True(rules.Permits("example.com", 8080, IPAddress.Parse("8.8.8.8")));
        Assert.False(rules.Permits("example.com", 80, IPAddress.Parse("8.8.8.8")));
        Assert.False(rules.Permits("example.com", 8080, IPAddress.Parse("10.0.0.1")));
    }

    [Theory]
    [InlineData("images.internal", "images.internal", 80, true)]
    [InlineData("Images.Internal.", "images.internal", 80, true)]
    [InlineData("images.internal", "images.internal", 9000, false)]
    [InlineData("images.internal", "a.images.internal", 80, false)]
    [InlineData("images.internal", "evil-images.internal", 80, false)]
    [InlineData("images.internal:9000", "images.internal", 9000, true)]
    [InlineData("images.internal:9000", "images.internal", 80, false)]
    [InlineData("images.internal:*", "images.internal", 22, true)]
    [InlineData("*.images.internal", "a.images.internal", 80, true)]
    [InlineData("*.images.internal", "b.a.images.internal", 443, true)]
    [InlineData("*.images.internal", "images.internal", 80, false)]
    [InlineData("*.images.internal", "evilimages.internal", 80, false)]
    [InlineData("*.images.internal:9000", "a.images.internal", 9000, true)]
    public void An_allowed_host_opens_its_private_addresses_on_its_ports(string entry, string host, int port, bool expected) =>
        Assert.Equal(expected, Rules(options => options.AllowedHosts.Add(entry)).Permits(host, port, IPAddress.Parse("10.0.0.1")));

    [Theory]
    [InlineData("10.20.0.0/16", "10.20.255.255", 80, true)]
    [InlineData("10.20.0.0/16", "10.21.0.0", 80, false)]
    [InlineData("10.20.0.0/16", "10.20.0.1", 9000, false)]
    [InlineData("10.20.0.0/16:9000", "10.20.0.1", 9000, true)]
    [InlineData("10.20.0.0/16:9000", "10.20.0.1", 80, false)]
    [InlineData("10.20.0.0/16:*", "10.20.0.1", 1, true)]
    [InlineData("fd12:3456::/32", "fd12:3456::1", 443, true)]
    [InlineData("fd12:3456::/32:9000", "fd12:3456::1", 9000, true)]
    [InlineData("fd12:3456::/32:9000", "fd12:3457::1", 9000, false)]
    [InlineData("8.8.8.0/24:9000", "8.8.8.8", 80, true)]
    public void An_allowed_network_opens_its_addresses_on_its_ports(string entry, string address, int port, bool expected) =>
        Assert.Equal(expected, Rules(options => options.AllowedNetworks.Add(entry)).Permits("any.example", port, IPAddress.Parse(address)));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("168.63.129.16")]
    [InlineData("fd00:ec2::254")]
    public void Nothing_opens_a_metadata_address(string address)
    {
        var rules = Rules(options =>
        {
            options.AllowedHosts.Add("metadata.internal:*");
            options.AllowedNetworks.Add("0.0.0.0/0:*");
            options.AllowedNetworks.Add("::/0:*");
        });
        Assert.False(rules.Permits("metadata.internal", 80, IPAddress.Parse(address)));
        Assert.True(rules.Permits("metadata.internal", 80, IPAddress.Parse("127.0.0.1")));
    }

    private static FetchRules Rules(Action<FetchOptions>? configure = null)
    {
        var options = new FetchOptions();
        configure?.Invoke(options);
        List<string> faults = [];
        var rules = FetchRules.Create(options, faults);
        Assert.Empty(faults);
        return rules;
    }
}
