using System.Diagnostics;
using System.Text.Json.Nodes;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>
/// CPU time of all processes, load client included, per image that goes through <c>/score</c> with the nano model; and what of that the
/// model itself takes, measured on a raw session here.
/// </summary>
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
            var before = (Server: Measurement.Cpu(server.Process), Client: Measurement.Cpu(self));
            await load.RunAsync(requests);
            var serverMs = (Measurement.Cpu(server.Process) - before.Server).TotalMilliseconds / requests;
            var clientMs = (Measurement.Cpu(self) - before.Client).TotalMilliseconds / requests;

            var modelMs = ModelCpu(repository, requests, self);
            var result = new JsonObject
            {
                ["benchmark"] = "overhead",
                ["model"] = "nano",
                ["images"] = requests,
                ["server_cpu_ms_per_image"] = Math.Round(serverMs, 3),
                ["client_cpu_ms_per_image"] = Math.Round(clientMs, 3),
                ["cpu_ms_per_image"] = Math.Round(serverMs + clientMs, 3),
                ["model_cpu_ms_per_image"] = Math.Round(modelMs, 3),
                ["around_model_cpu_ms_per_image"] = Math.Round(serverMs + clientMs - modelMs, 3),
            };
            Console.WriteLine(result.ToJsonString());
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static double ModelCpu(string repository, int runs, Process self)
    {
        var files = new ModelRepository(repository).Open(EmbeddedModel.Name, new CompileOptions(), CancellationToken.None);
        using var session = OnnxModelSession.Load(files.OnnxPath, files.Manifest, new DeviceOptions(), maxBatchSize: 1, CancellationToken.None);
        using var lane = session.CreateLane(1);
        for (var i = 0; i < WarmUp; i++)
        {
            lane.Run(1, Outputs.Cls, CancellationToken.None);
        }

        var before = Measurement.Cpu(self);
        for (var i = 0; i < runs; i++)
        {
            lane.Run(1, Outputs.Cls, CancellationToken.None);
        }

        return (Measurement.Cpu(self) - before).TotalMilliseconds / runs;
    }
}
