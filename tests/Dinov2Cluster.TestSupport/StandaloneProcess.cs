using System.Globalization;

namespace Dinov2Cluster.TestSupport;

/// <summary>The standalone host as a user runs it: a process of its own, on free ports.</summary>
public static class StandaloneProcess
{
    /// <summary>Starts it; the host's assembly lies beside the running one.</summary>
    /// <param name="cache">Stands for the user's cache directory; null for the real one.</param>
    /// <param name="arguments">Command line beyond the ports.</param>
    public static HostProcess Start(string? cache, params string[] arguments) => Start(
        "Dinov2Cluster.Standalone.dll", cache is null ? null : new Dictionary<string, string> { ["XDG_CACHE_HOME"] = cache }, arguments);

    /// <summary>Starts one that lies elsewhere.</summary>
    /// <param name="assembly">Path of the host's assembly.</param>
    /// <param name="environment">Variables to add.</param>
    /// <param name="arguments">Command line beyond the ports.</param>
    public static HostProcess Start(string assembly, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
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
        return HostProcess.Start(assembly, address, [.. own, .. arguments], environment, grpc);
    }
}
