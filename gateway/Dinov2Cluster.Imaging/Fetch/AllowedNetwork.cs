using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>An entry of <see cref="FetchOptions.AllowedNetworks"/>.</summary>
/// <param name="Network">The network; never IPv4-mapped, as addresses are unmapped before they are compared.</param>
/// <param name="Ports">The ports it opens.</param>
internal sealed record AllowedNetwork(IPNetwork Network, EntryPorts Ports)
{
    /// <summary>The entry, or null if it is none.</summary>
    public static AllowedNetwork? Parse(string? entry)
    {
        // The port's colon comes after the slash, so it can't be one of an IPv6 address.
        var slash = entry is null ? -1 : entry.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            && EntryPorts.TryCut(entry!, slash, out var text, out var ports)
            && IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            && IPNetwork.TryParse(text, out var network)
            && network.BaseAddress.Equals(address)
            && !address.IsIPv4MappedToIPv6
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || HostName.IsDottedDecimal(text.AsSpan(0, slash)))
            ? new AllowedNetwork(network, ports)
            : null;
    }
}
