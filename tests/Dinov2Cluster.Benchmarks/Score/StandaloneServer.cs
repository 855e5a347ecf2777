using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>The standalone host as a child process on free ports.</summary>
internal static class StandaloneServer
{
    public static async Task<HostProcess> StartAsync(string repository, params string[] arguments)
    {
        var ports = FreePort.Take(3);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[0]}"));
        string[] own =
        [
            "--urls", address.ToString(),
            "--Models:Repository", repository,
            "--Cluster:SiloPort", ports[1].ToString(CultureInfo.InvariantCulture),
            "--Cluster:PrimaryPort", ports[1].ToString(CultureInfo.InvariantCulture),
            "--Cluster:GatewayPort", ports[2].ToString(CultureInfo.InvariantCulture),
        ];
        var server = HostProcess.Start("Dinov2Cluster.Standalone.dll", address, [.. own, .. arguments]);
        await server.WaitUntilReadyAsync(CancellationToken.None);
        return server;
    }
}
