using System.Collections.Frozen;
using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// <see cref="FetchOptions"/>' allow-list, compiled. The answer depends on host, port and address alone and never changes, so it
/// also holds for every later request on a connection that was opened under it.
/// </summary>
internal sealed class FetchRules
{
    private static readonly FrozenSet<int> s_webPorts = FrozenSet.Create(80, 443);

    private readonly FrozenSet<int> _ports;
    private readonly AllowedHost[] _hosts;
    private readonly AllowedNetwork[] _networks;

    private FetchRules(FrozenSet<int> ports, AllowedHost[] hosts, AllowedNetwork[] networks)
    {
        _ports = ports;
        _hosts = hosts;
        _networks = networks;
    }

    /// <summary>Compiles what is right in <paramref name="options"/> and adds a line to <paramref name="faults"/> for what is not.</summary>
    public static FetchRules Create(FetchOptions options, ICollection<string> faults)
    {
        foreach (var port in options.AllowedPorts.Where(port => port is < 1 or > IPEndPoint.MaxPort))
        {
            faults.Add($"{nameof(FetchOptions.AllowedPorts)}: {port} is not a port between 1 and {IPEndPoint.MaxPort}.");
        }

        var ports = options.AllowedPorts.Count == 0 ? s_webPorts : options.AllowedPorts.ToFrozenSet();
        List<AllowedHost> hosts = [];
        foreach (var entry in options.AllowedHosts)
        {
            if (AllowedHost.Parse(entry) is { } host)
            {
                hosts.Add(host);
            }
            else
            {
                faults.Add($"{nameof(FetchOptions.AllowedHosts)}: '{entry}' is not a host name or *.suffix, with an optional :port or :*.");
            }
        }

        List<AllowedNetwork> networks = [];
        foreach (var entry in options.AllowedNetworks)
        {
            if (AllowedNetwork.Parse(entry) is { } network)
            {
                networks.Add(network);
            }
            else
            {
                faults.Add($"{nameof(FetchOptions.AllowedNetworks)}: '{entry}' is not a network such as 10.20.0.0/16 (no bits set after the prefix), with an optional :port or :*.");
            }
        }

        return new FetchRules(ports, [.. hosts], [.. networks]);
    }

    /// <summary>Whether <paramref name="address"/>, which <paramref name="host"/> resolved to and which is not IPv4-mapped, may be dialled on <paramref name="port"/>.</summary>
    public bool Permits(string host, int port, IPAddress address)
    {
        if (AddressPolicy.IsMetadata(address))
        {
            return false;
        }

        var isOpenPort = _ports.Contains(port);
        return (isOpenPort && AddressPolicy.IsGloballyRoutable(address))
            || Array.Exists(_hosts, allowed => allowed.Ports.Contain(port, isOpenPort) && allowed.Matches(host))
            || Array.Exists(_networks, allowed => allowed.Ports.Contain(port, isOpenPort) && allowed.Network.Contains(address));
    }
}
