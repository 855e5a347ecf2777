using System.Collections.Frozen;
using System.Net;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// The compiled allow-list of <see cref="FetchOptions"/>. The verdict depends only on host, port and address and never changes, so it
/// also holds for every later request on a connection that was opened under it.
/// </summary>
internal sealed class FetchRules
{
    private static readonly FrozenSet<int> _webPorts = FrozenSet.Create(80, 443);

    private readonly FrozenSet<int> _ports;
    private readonly AllowedTarget[] _allowed;

    private FetchRules(FrozenSet<int> ports, AllowedTarget[] allowed)
    {
        _ports = ports;
        _allowed = allowed;
    }

    /// <summary>Compiles the valid entries of <paramref name="options"/> and adds a line to <paramref name="faults"/> for each other one.</summary>
    public static FetchRules Create(FetchOptions options, ICollection<string> faults)
    {
        foreach (var port in options.AllowedPorts.Where(port => port is < 1 or > IPEndPoint.MaxPort))
        {
            faults.Add($"{nameof(FetchOptions.AllowedPorts)}: {port} is not a port between 1 and {IPEndPoint.MaxPort}.");
        }

        return new FetchRules(
            options.AllowedPorts.Count == 0 ? _webPorts : options.AllowedPorts.ToFrozenSet(),
            [
                .. Parse(nameof(FetchOptions.AllowedHosts), options.AllowedHosts, AllowedTarget.ParseHost, "a host name or *.suffix"),
                .. Parse(
                    nameof(FetchOptions.AllowedNetworks),
                    options.AllowedNetworks,
                    AllowedTarget.ParseNetwork,
                    "a network such as 10.20.0.0/16 (no bits set after the prefix)"),
            ]);

        IEnumerable<AllowedTarget> Parse(string option, IEnumerable<string> entries, Func<string?, AllowedTarget?> parse, string form)
        {
            foreach (var entry in entries)
            {
                if (parse(entry) is { } target)
                {
                    yield return target;
                }
                else
                {
                    faults.Add($"{option}: '{entry}' is not {form}, with an optional :port or :*.");
                }
            }
        }
    }

    /// <summary>Whether <paramref name="address"/> of <paramref name="host"/> may be dialed on <paramref name="port"/>. It is not IPv4-mapped.</summary>
    public bool Permits(string host, int port, IPAddress address)
    {
        if (AddressPolicy.IsMetadata(address))
        {
            return false;
        }

        var isOpenPort = _ports.Contains(port);
        return (isOpenPort && AddressPolicy.IsGloballyRoutable(address))
            || Array.Exists(_allowed, allowed => allowed.Permits(host, address, port, isOpenPort));
    }
}

/// <summary>Our own rules refused a fetch. The reason goes to the log and contains no text of the URL's author.</summary>
internal sealed class FetchRefusedException(string reason) : Exception(reason);
