using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// Tells public addresses from all others. IPv4 is public unless listed; IPv6 only inside 2000::/3, all that IANA has handed out for
/// global unicast (https://www.iana.org/assignments/ipv6-unicast-address-assignments), and not listed. Listed are all blocks of
/// https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
/// (of 2025-10-09), with those few that the registries call globally reachable: they are protocol anycast, where no image lives.
/// </summary>
internal static class AddressPolicy
{
    private static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96"); // RFC 6052, section 2.1
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16"); // RFC 3056, section 2
    private static readonly IPNetwork s_globalUnicast = IPNetwork.Parse("2000::/3"); // RFC 4291, section 2.4

    private static readonly IPNetwork[] s_specialIPv4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network, RFC 791
        IPNetwork.Parse("10.0.0.0/8"), // private, RFC 1918
        IPNetwork.Parse("100.64.0.0/10"), // shared between carrier and customer, RFC 6598
        IPNetwork.Parse("127.0.0.0/8"), // loopback, RFC 1122
        IPNetwork.Parse("169.254.0.0/16"), // link-local, RFC 3927
        IPNetwork.Parse("172.16.0.0/12"), // private, RFC 1918
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments, RFC 6890
        IPNetwork.Parse("192.0.2.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("192.31.196.0/24"), // AS112, RFC 7535
        IPNetwork.Parse("192.52.193.0/24"), // AMT, RFC 7450
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 and 6a44 relays, RFC 7526 and RFC 6751
        IPNetwork.Parse("192.168.0.0/16"), // private, RFC 1918
        IPNetwork.Parse("192.175.48.0/24"), // AS112 direct delegation, RFC 7534
        IPNetwork.Parse("198.18.0.0/15"), // benchmarking, RFC 2544
        IPNetwork.Parse("198.51.100.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("203.0.113.0/24"), // documentation, RFC 5737
        IPNetwork.Parse("224.0.0.0/4"), // multicast, RFC 5771
        IPNetwork.Parse("240.0.0.0/4"), // reserved, RFC 1112; ends in the limited broadcast address, RFC 919
    ];

    private static readonly IPNetwork[] s_specialIPv6 =
    [
        IPNetwork.Parse("2001::/23"), // protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID, AMT, AS112, DRIP
        IPNetwork.Parse("2001:db8::/32"), // documentation, RFC 3849
        IPNetwork.Parse("2620:4f:8000::/48"), // AS112 direct delegation, RFC 7534
        IPNetwork.Parse("3fff::/20"), // documentation, RFC 9637
    ];

    // Services that give a machine's credentials to whoever can reach them. All but Azure's are also in a block above.
    private static readonly IPAddress[] s_metadata =
    [
        IPAddress.Parse("169.254.169.254"), // AWS, Azure, Google Cloud, Oracle, DigitalOcean, OpenStack
        IPAddress.Parse("169.254.170.2"), // AWS ECS task credentials
        IPAddress.Parse("169.254.170.23"), // AWS EKS pod identity
        IPAddress.Parse("fd00:ec2::254"), // AWS
        IPAddress.Parse("fd00:ec2::23"), // AWS EKS pod identity
        IPAddress.Parse("fd20:ce::254"), // Google Cloud
        IPAddress.Parse("168.63.129.16"), // Azure's WireServer, in public space
        IPAddress.Parse("100.100.100.200"), // Alibaba Cloud
        IPAddress.Parse("192.0.0.192"), // Oracle Cloud, classic
    ];

    /// <summary>Whether <paramref name="address"/> belongs to the public internet.</summary>
    public static bool IsGloballyRoutable(IPAddress address)
    {
        var target = Unwrap(address);
        if (IsMetadata(target))
        {
            return false;
        }

        return target.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(s_specialIPv4, block => block.Contains(target)),
            AddressFamily.InterNetworkV6 => s_globalUnicast.Contains(target) && !Array.Exists(s_specialIPv6, block => block.Contains(target)),
            _ => false,
        };
    }

    /// <summary>Whether <paramref name="address"/> is a cloud's metadata service, which no allow-list opens.</summary>
    public static bool IsMetadata(IPAddress address)
    {
        var target = Unwrap(address);
        return Array.Exists(s_metadata, target.Equals);
    }

    /// <summary>
    /// The IPv4 address that a packet ends up at, or <paramref name="address"/> itself. Only forms that still work are unwrapped.
    /// The others lie outside 2000::/3 or inside a special block, so they are refused with whatever they hold: IPv4-compatible
    /// (::/96, deprecated by RFC 4291), Teredo (2001::/32), and local NAT64 (64:ff9b:1::/48, RFC 8215), whose IPv4 bits have no fixed place.
    /// </summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        // Before any IPNetwork sees it: IPNetwork.Contains finds a mapped address in IPv6 networks that do not hold it.
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return s_nat64.Contains(address) ? new IPAddress(bytes[12..])
            : s_sixToFour.Contains(address) ? new IPAddress(bytes[2..6])
            : address;
    }
}
