using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Cli;

/// <summary><c>dinov2 embed</c> on a directory of small images against <c>dinov2 bench</c> with one of them, in turn, on the same gateway and silo.</summary>
internal static partial class EmbedBenchmark
{
    private const string Model = "nano";

    public static async Task<int> RunAsync(int images, int rounds, int seconds, CancellationToken cancellationToken)
    {
        var work = Directory.CreateTempSubdirectory("dinov2-bench-").FullName;
        try
        {
            var folder = Path.Combine(work, "images");
            var first = SmallImages.Write(folder, images);
            await using var cluster = new ClusterProcesses().WithModel(Model);
            var silo = cluster.StartSilo();
            await silo.WaitUntilReadyAsync(cancellationToken);
            var gateway = cluster.StartGateway();
            await gateway.WaitUntilReadyAsync(cancellationToken);
            string[] url = ["--url", gateway.GrpcAddress!.ToString()];
            string[] bench = ["bench", first, .. url, "--protocol", "grpc-stream", "--json", "--duration", seconds.ToString(CultureInfo.InvariantCulture) + "s"];
            await CliProcess.RunAsync(cancellationToken, bench);

            double[] benched = new double[rounds], embedded = new double[rounds], whole = new double[rounds], growth = new double[rounds];
            long peak = 0;
            for (var round = 0; round < rounds; round++)
            {
                benched[round] = JsonNode.Parse((await CliProcess.RunAsync(cancellationToken, bench)).Output)!["images_per_second"]!.GetValue<double>();
                var run = await CliProcess.RunAsync(cancellationToken, ["embed", folder, .. url, "--out", Path.Combine(work, $"{round}.npy")]);
                embedded[round] = double.Parse(Rate().Match(run.Output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                whole[round] = images / run.Duration.TotalSeconds;
                growth[round] = Growth(run.MemoryBytes);
                peak = Math.Max(peak, run.MemoryBytes.Max());
            }

            var result = new JsonObject
            {
                ["benchmark"] = "embed",
                ["model"] = Model,
                ["images"] = images,
                ["bench_images_per_second"] = Math.Round(Measurement.Median(benched), 1),
                ["embed_images_per_second"] = Math.Round(Measurement.Median(embedded), 1),
                ["embed_over_bench"] = Math.Round(Measurement.Median(embedded.Zip(benched, (embed, limit) => embed / limit)), 3),
                ["with_program_start_over_bench"] = Math.Round(Measurement.Median(whole.Zip(benched, (embed, limit) => embed / limit)), 3),
                ["memory_last_over_second_quarter"] = Math.Round(growth.Max(), 3),
                ["peak_memory_mb"] = Math.Round(peak / 1e6),
            };
            Console.WriteLine(result.ToJsonString());
            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    // As the tool itself says it, like bench.
    [GeneratedRegex(@"([\d.]+) images/s")]
    private static partial Regex Rate();

    // The first quarter is the start of the program, and of its code's compilation.
    private static double Growth(IReadOnlyList<long> memory)
    {
        var quarter = memory.Count / 4;
        return Measurement.Median(memory.Skip(3 * quarter).Select(bytes => (double)bytes))
            / Measurement.Median(memory.Skip(quarter).Take(quarter).Select(bytes => (double)bytes));
    }
}
