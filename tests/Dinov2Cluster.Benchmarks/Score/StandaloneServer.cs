using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>The standalone host as a child process that is ready to serve.</summary>
internal static class StandaloneServer
{
    public static async Task<HostProcess> StartAsync(string repository)
    {
        var server = StandaloneProcess.Start(cache: null, "--Models:Repository", repository);
        await server.WaitUntilReadyAsync(CancellationToken.None);
        return server;
    }
}
