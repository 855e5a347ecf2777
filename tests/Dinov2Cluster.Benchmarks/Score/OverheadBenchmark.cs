using System.Diagnostics;
using System.Text.Json.Nodes;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>CPU time of all processes, load client included, per image that goes through <c>/score</c> with the nano model.</summary>
internal static class OverheadBenchmark
{
    private const int WarmUp = 2000;

    public static async Task<int> RunAsync(int requests)
    {
        var work = Directory.CreateTempSubdirectory("dinov2-bench-").FullName;
        try
        {
            var repository = EmbeddedModel.EnsureRandomNano(work, CancellationToken.None);
            await using var server = await StandaloneServer.StartAsync(repository);
            var load = new ScoreLoad(server.Http, SampleRequest.Body(SampleRequest.Jpeg()));
            await load.RunAsync(WarmUp);

            using var self = Process.GetCurrentProcess();
            var before = (Server: Cpu(server.Process), Client: Cpu(self));
            await load.RunAsync(requests);
            var serverMs = (Cpu(server.Process) - before.Server).TotalMilliseconds / requests;
            var clientMs = (Cpu(self) - before.Client).TotalMilliseconds / requests;

            var result = new JsonObject
            {
                ["benchmark"] = "overhead",
                ["model"] = "nano",
                ["images"] = requests,
                ["server_cpu_ms_per_image"] = Math.Round(serverMs, 3),
                ["client_cpu_ms_per_image"] = Math.Round(clientMs, 3),
                ["cpu_ms_per_image"] = Math.Round(serverMs + clientMs, 3),
            };
            Console.WriteLine(result.ToJsonString());
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static TimeSpan Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }
}
