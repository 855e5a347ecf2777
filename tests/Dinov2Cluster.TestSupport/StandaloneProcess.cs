using System.Globalization;

namespace Dinov2Cluster.TestSupport;

/// <summary>The standalone host as a user runs it: a process of its own, on free ports.</summary>
public static class StandaloneProcess
{
    /// <summary>Starts it; the host's assembly lies beside the running one.</summary>
    /// <param name="cache">Stands for the user's cache directory; null for the real one.</param>
    /// <param name="arguments">Command line beyond the ports.</param>
    public static HostProcess Start(string? cache, params string[] arguments)
    {
        var ports = FreePort.Take(4).Select(port => port.ToString(CultureInfo.InvariantCulture)).ToArray();
        var address = new Uri("http://127.0.0.1:" + ports[0]);
        var grpc = new Uri("http://127.0.0.1:" + ports[3]);
        string[] own =
        [
            "--urls", address.ToString(),
            "--Gateway:GrpcUrl", grpc.ToString(),
            "--Cluster:SiloPort", ports[1],
            "--Cluster:PrimaryPort", ports[1],
            "--Cluster:GatewayPort", ports[2],
        ];
        return HostProcess.Start(
            "Dinov2Cluster.Standalone.dll",
            address,
            [.. own, .. arguments],
            cache is null ? null : new Dictionary<string, string> { ["XDG_CACHE_HOME"] = cache },
            grpc);
    }
}
