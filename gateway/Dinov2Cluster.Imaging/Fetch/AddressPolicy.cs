using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// Separates public addresses from all others. IPv4 is public unless listed. IPv6 is public inside 2000::/3, which is all that IANA has
/// assigned for global unicast (https://www.iana.org/assignments/ipv6-unicast-address-assignments), unless listed. The lists have all blocks
/// of https://www.iana.org/assignments/iana-ipv4-special-registry and https://www.iana.org/assignments/iana-ipv6-special-registry
/// (of 2025-10-09), including the few that the registries call globally reachable: they are protocol anycast and serve no images.
/// </summary>
internal static class AddressPolicy
{
    private static readonly IPNetwork _nat64 = IPNetwork.Parse("64:ff9b::/96"); // RFC 6052, section 2.1
    private static readonly IPNetwork _sixToFour = IPNetwork.Parse("2002::/16"); // RFC 3056, section 2
    private static readonly IPNetwork _globalUnicast = IPNetwork.Parse("2000::/3"); // RFC 4291, section 2.4

    private static readonly IPNetwork[] _specialIPv4 =
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

    private static readonly IPNetwork[] _specialIPv6 =
    [
        IPNetwork.Parse("2001::/23"), // protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID, AMT, AS112, DRIP
        IPNetwork.Parse("2001:db8::/32"), // documentation, RFC 3849
        IPNetwork.Parse("2620:4f:8000::/48"), // AS112 direct delegation, RFC 7534
        IPNetwork.Parse("3fff::/20"), // documentation, RFC 9637
    ];

    // Services that give a machine's credentials to anyone who reaches them. All except Azure's are also in a block above.
    private static readonly IPAddress[] _metadata =
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
        return !IsMetadata(target) && target.AddressFamily switch
        {
            AddressFamily.InterNetwork => !Array.Exists(_specialIPv4, block => block.Contains(target)),
            AddressFamily.InterNetworkV6 => _globalUnicast.Contains(target) && !Array.Exists(_specialIPv6, block => block.Contains(target)),
            _ => false,
        };
    }

    /// <summary>Whether <paramref name="address"/> is a cloud's metadata service, which no allow-list can open.</summary>
    public static bool IsMetadata(IPAddress address)
    {
        var target = Unwrap(address);
        return Array.Exists(_metadata, target.Equals);
    }

    /// <summary>
    /// The IPv4 address that receives the packet, or <paramref name="address"/> itself. Only forms that still work are unwrapped.
    /// The others are outside 2000::/3 or inside a special block, so they are refused with any content: IPv4-compatible
    /// (::/96, deprecated by RFC 4291), Teredo (2001::/32), and local NAT64 (64:ff9b:1::/48, RFC 8215), whose IPv4 bits have no fixed place.
    /// </summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        // Before any IPNetwork check: IPNetwork.Contains finds a mapped address in IPv6 networks that do not contain it.
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return _nat64.Contains(address) ? new IPAddress(bytes[12..])
            : _sixToFour.Contains(address) ? new IPAddress(bytes[2..6])
            : address;
    }
}
