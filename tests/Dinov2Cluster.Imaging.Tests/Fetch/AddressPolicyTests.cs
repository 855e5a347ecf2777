using System.Net;
using CsCheck;
using Dinov2Cluster.Imaging.Fetch;

namespace Dinov2Cluster.Imaging.Tests.Fetch;

public class AddressPolicyTests
{
    // Every special block: first and last address inside, and the neighbors outside that are public ("" where the neighbor is special too).
    public static TheoryData<string, string, string, string> Blocks => new()
    {
        { "", "0.0.0.0", "0.255.255.255", "1.0.0.0" },
        { "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0" },
        { "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0" },
        { "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0" },
        { "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0" },
        { "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0" },
        { "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0" },
        { "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0" },
        { "192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0" },
        { "192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0" },
        { "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0" },
        { "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0" },
        { "192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0" },
        { "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0" },
        { "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0" },
        { "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0" },
        { "223.255.255.255", "224.0.0.0", "239.255.255.255", "" },
        { "", "240.0.0.0", "255.255.255.255", "" },
        { "168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17" },
        // IPv6: below, between and above the blocks that IANA has assigned.
        { "", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::" },
        { "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
        { "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::" },
        { "2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::" },
        { "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
        { "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
        // Embedded IPv4: the edge of a block shows through.
        { "::ffff:9.255.255.255", "::ffff:10.0.0.0", "::ffff:10.255.255.255", "::ffff:11.0.0.0" },
        { "64:ff9b::9.255.255.255", "64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255", "64:ff9b::11.0.0.0" },
        { "2002:9ff:ffff::", "2002:a00::", "2002:aff:ffff:ffff:ffff:ffff:ffff:ffff", "2002:b00::" },
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public void A_special_block_is_refused_from_its_first_to_its_last_address_and_no_further(string before, string first, string last, string after)
    {
        Assert.False(AddressPolicy.IsGloballyRoutable(IPAddress.Parse(first)));
        Assert.False(AddressPolicy.IsGloballyRoutable(IPAddress.Parse(last)));
        Assert.All(
            new[] { before, after }.Where(neighbor => neighbor.Length > 0),
            neighbor => Assert.True(AddressPolicy.IsGloballyRoutable(IPAddress.Parse(neighbor)), neighbor));
    }

    [Theory]
    [InlineData("::1")]
    [InlineData("::7f00:1")] // IPv4-compatible 127.0.0.1
    [InlineData("::808:808")] // IPv4-compatible 8.8.8.8: deprecated and not routed
    [InlineData("::ffff:0:808:808")] // IPv4-translated (SIIT)
    [InlineData("64:ff9b:1::808:808")] // local NAT64
    [InlineData("64:ff9b:1:808:8:800::")]
    [InlineData("64:ff9b::1:808:808")] // next to the /96
    [InlineData("100::1")] // discard
    [InlineData("100:0:0:1::1")] // dummy
    [InlineData("2001:0:808:808::f7f7:f7f7")] // Teredo
    [InlineData("2001:2::1")] // benchmarking
    [InlineData("2001:10::1")] // ORCHID
    [InlineData("2001:20::1")] // ORCHIDv2
    [InlineData("5f00::1")] // SRv6
    [InlineData("fc00::1")]
    [InlineData("fdff:ffff::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fec0::1")] // site-local
    [InlineData("ff02::1")] // multicast
    [InlineData("ff0e::1")] // global multicast
    public void An_ipv6_address_of_a_special_kind_is_refused(string address) =>
        Assert.False(AddressPolicy.IsGloballyRoutable(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("93.184.216.34")]
    [InlineData("2606:4700::6810:84e5")]
    [InlineData("2a00:1450:4001:80b::200e")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2002:808:808::1")]
    public void A_public_address_is_accepted(string address) =>
        Assert.True(AddressPolicy.IsGloballyRoutable(IPAddress.Parse(address)));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("169.254.170.23")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd20:ce::254")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::169.254.169.254")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("::ffff:168.63.129.16")]
    public void A_metadata_address_is_known_in_every_form(string address)
    {
        Assert.True(AddressPolicy.IsMetadata(IPAddress.Parse(address)));
        Assert.False(AddressPolicy.IsGloballyRoutable(IPAddress.Parse(address)));
    }

    [Fact]
    public void An_ipv4_address_is_judged_alike_in_every_form_that_reaches_it()
    {
        // Half of the addresses have a first byte with special blocks.
        byte[] special = [0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 255];
        var first = Gen.OneOf(Gen.Byte, Gen.Int[0, special.Length - 1].Select(i => special[i]));
        Gen.Select(first, Gen.Byte, Gen.Byte, Gen.Byte).Sample(
            (a, b, c, d) =>
            {
                var plain = AddressPolicy.IsGloballyRoutable(new IPAddress([a, b, c, d]));
                byte[] mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d];
                byte[] nat64 = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d];
                byte[] sixToFour = [0x20, 0x02, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
                return AddressPolicy.IsGloballyRoutable(new IPAddress(mapped)) == plain
                    && AddressPolicy.IsGloballyRoutable(new IPAddress(nat64)) == plain
                    && AddressPolicy.IsGloballyRoutable(new IPAddress(sixToFour)) == plain;
            },
            seed: "0N0XIzNsQ0O2");
    }

    [Fact]
    public void No_deprecated_or_local_form_of_an_ipv4_address_is_accepted() =>
        Gen.Select(Gen.Byte, Gen.Byte, Gen.Byte, Gen.Byte).Sample(
            (a, b, c, d) =>
            {
                byte[] compatible = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d];
                byte[] localNat64 = [0, 0x64, 0xff, 0x9b, 0, 1, 0, 0, 0, 0, 0, 0, a, b, c, d];
                byte[] teredo = [0x20, 0x01, 0, 0, 8, 8, 8, 8, 0, 0, 0, 0, (byte)~a, (byte)~b, (byte)~c, (byte)~d];
                return !AddressPolicy.IsGloballyRoutable(new IPAddress(compatible))
                    && !AddressPolicy.IsGloballyRoutable(new IPAddress(localNat64))
                    && !AddressPolicy.IsGloballyRoutable(new IPAddress(teredo));
            },
            seed: "0N0XIzNsQ0O2");
}
