using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Standalone.Tests;

/// <summary>The standalone host as a user runs it: a process of its own, on free ports.</summary>
internal static class StandaloneProcess
{
    /// <param name="cache">Stands for the user's cache directory.</param>
    /// <param name="arguments">Command line beyond the ports.</param>
    public static HostProcess Start(string cache, params string[] arguments)
    {
        var ports = FreePort.Take(3).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToArray();
        var address = new Uri("http://127.0.0.1:" + ports[0]);
        string[] own =
        [
            "--urls", address.ToString(),
            "--Cluster:SiloPort", ports[1],
            "--Cluster:PrimaryPort", ports[1],
            "--Cluster:GatewayPort", ports[2],
        ];
        return HostProcess.Start(
            "Dinov2Cluster.Standalone.dll",
            address,
            [.. own, .. arguments],
            new Dictionary<string, string> { ["XDG_CACHE_HOME"] = cache });
    }
}
