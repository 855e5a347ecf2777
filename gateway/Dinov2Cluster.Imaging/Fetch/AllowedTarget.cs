using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>An entry of <see cref="FetchOptions.AllowedHosts"/> or <see cref="FetchOptions.AllowedNetworks"/>.</summary>
/// <param name="port">The port that the entry opens, <see cref="EveryPort"/> or <see cref="GeneralPorts"/>.</param>
/// <param name="matches">Whether the entry covers a host in canonical form at an address that is not IPv4-mapped.</param>
internal sealed class AllowedTarget(int port, Func<string, IPAddress, bool> matches)
{
    private const int GeneralPorts = 0;
    private const int EveryPort = -1;

    /// <summary>Reads a host name or <c>*.suffix</c>, which does not cover the suffix itself; null if the entry is neither.</summary>
    public static AllowedTarget? ParseHost(string? entry)
    {
        if (entry is null || !TryCutPort(entry, 0, out var text, out var port))
        {
            return null;
        }

        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        if (!HostName.TryCanonicalize(isSuffix ? text[2..] : text, out var name, out var address) || address is not null)
        {
            return null;
        }

        var suffix = "." + name;
        return isSuffix
            ? new AllowedTarget(port, (host, _) => host.EndsWith(suffix, StringComparison.Ordinal))
            : new AllowedTarget(port, (host, _) => host.Equals(name, StringComparison.Ordinal));
    }

    /// <summary>Reads a network; null if the entry is not one. Mapped networks are refused, because addresses are unmapped before they are compared.</summary>
    public static AllowedTarget? ParseNetwork(string? entry)
    {
        // The port's colon comes after the slash; those before it belong to an IPv6 address.
        var slash = entry is null ? -1 : entry.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && TryCutPort(entry!, slash, out var text, out var port)
            && IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            && IPNetwork.TryParse(text, out var network)
            && network.BaseAddress.Equals(address)
            && !address.IsIPv4MappedToIPv6
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || HostName.TryParseIPv4(text.AsSpan(0, slash), out _))
            ? new AllowedTarget(port, (_, target) => network.Contains(target))
            : null;
    }

    /// <summary>Whether the entry opens this port of this host at this address.</summary>
    /// <param name="host">The host in canonical form.</param>
    /// <param name="address">The address that it resolved to, not IPv4-mapped.</param>
    /// <param name="target">The port.</param>
    /// <param name="isGeneral">Whether the port is open for entries that do not name their own.</param>
    public bool Permits(string host, IPAddress address, int target, bool isGeneral) =>
        (port == EveryPort || (port == GeneralPorts ? isGeneral : port == target)) && matches(host, address);

    /// <summary>Cuts an optional <c>:port</c> or <c>:*</c> off the end. A colon before <paramref name="from"/> does not count.</summary>
    private static bool TryCutPort(string entry, int from, out string rest, out int port)
    {
        var colon = entry.IndexOf(':', from);
        rest = colon < 0 ? entry : entry[..colon];
        var text = colon < 0 ? default : entry.AsSpan(colon + 1);
        port = colon < 0 ? GeneralPorts : EveryPort;
        return colon < 0 || text is "*" || FetchUrl.TryParsePort(text, out port);
    }
}
