using System.Diagnostics;
using System.Text.Json.Nodes;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Benchmarks.Score;

/// <summary>
/// <c>/score</c> through the standalone host against a raw loop over a session with the same options, in turn. The raw loop runs the best
/// of several batch sizes on crops that are ready in memory.
/// </summary>
internal static class ScoreBenchmark
{
    private const int Clients = 8;
    private static readonly int[] _rawBatches = [1, 2, 4, 8];

    public static async Task<int> RunAsync(string size, int rounds, int seconds)
    {
        var work = Directory.CreateTempSubdirectory("dinov2-bench-").FullName;
        try
        {
            var model = Path.Combine(work, "models", size);
            RandomCheckpoint.Write(size, Path.Combine(work, "checkpoint"), seed: 1, registers: false, CancellationToken.None);
            Directory.CreateDirectory(Path.Combine(work, "models"));
            var manifest = ModelCompiler.Compile(Path.Combine(work, "checkpoint"), model, new CompileOptions(), CancellationToken.None);

            await using var server = await StandaloneServer.StartAsync(Path.Combine(work, "models"));
            using var session = OnnxModelSession.Load(
                Path.Combine(model, "model.onnx"), manifest, new DeviceOptions(), _rawBatches[^1], CancellationToken.None);
            var load = new ScoreLoad(server.Http, SampleRequest.Body(SampleRequest.Jpeg()));
            var duration = TimeSpan.FromSeconds(seconds);
            using var lane = session.CreateLane(session.Signature.MaxBatchSize);
            var batch = _rawBatches.MaxBy(candidate => Raw(lane, candidate, duration / 2));
            await load.RunAsync(Clients, duration / 2);

            var raw = new double[rounds];
            var score = new double[rounds];
            var cores = new double[rounds];
            using var self = Process.GetCurrentProcess();
            for (var round = 0; round < rounds; round++)
            {
                raw[round] = Raw(lane, batch, duration);
                var before = Measurement.Cpu(server.Process) + Measurement.Cpu(self);
                var clock = Stopwatch.StartNew();
                score[round] = await load.RunAsync(Clients, duration);
                cores[round] = (Measurement.Cpu(server.Process) + Measurement.Cpu(self) - before) / clock.Elapsed;
            }

            var result = new JsonObject
            {
                ["benchmark"] = "score",
                ["model"] = size,
                ["clients"] = Clients,
                ["raw_batch"] = batch,
                ["raw_images_per_second"] = Rounded(Measurement.Median(raw)),
                ["score_images_per_second"] = Rounded(Measurement.Median(score)),
                ["score_busy_cores"] = Rounded(Measurement.Median(cores)),
                ["ratio_of_raw"] = Rounded(Measurement.Median(raw.Zip(score, (without, with) => with / without))),
            };
            Console.WriteLine(result.ToJsonString());
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static double Raw(IModelLane lane, int batch, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        var images = 0;
        while (clock.Elapsed < duration)
        {
            lane.Run(batch, Outputs.Cls, CancellationToken.None);
            images += batch;
        }

        return images / clock.Elapsed.TotalSeconds;
    }

    private static double Rounded(double value) => Math.Round(value, 3);
}
