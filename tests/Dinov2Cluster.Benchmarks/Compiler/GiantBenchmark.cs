using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Benchmarks.Score;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>
/// Time and peak memory of compiling the random giant (4.5 GB), and the compiled giant behind <c>/score</c>. Needs 9 GB of free disk in
/// the temporary directory, and 8 GB of memory for the server.
/// </summary>
public static class GiantBenchmark
{
    private const double BytesPerMegabyte = 1 << 20;

    /// <summary>Prints one line of JSON.</summary>
    public static async Task RunAsync(TextWriter output, Precision precision, CancellationToken cancellationToken)
    {
        var temporary = Directory.CreateTempSubdirectory("dinov2-bench-");
        try
        {
            var (checkpoint, model) = (Path.Combine(temporary.FullName, "giant"), Path.Combine(temporary.FullName, "models", "giant"));
            temporary.CreateSubdirectory("models");
            var start = Stopwatch.GetTimestamp();
            RandomCheckpoint.Write("giant", checkpoint, seed: 1, registers: false, cancellationToken);
            var writeSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var peakBefore = PeakMegabytes();
            start = Stopwatch.GetTimestamp();
            ModelCompiler.Compile(checkpoint, model, new CompileOptions { Precision = precision }, cancellationToken);
            var compileSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var peak = PeakMegabytes();
            start = Stopwatch.GetTimestamp();
            await using var server = await StandaloneServer.StartAsync(Path.GetDirectoryName(model)!);
            var loadSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            start = Stopwatch.GetTimestamp();
            var rows = await server.EmbedAsync(["coffee-420.jpg"], model: null, cancellationToken);
            await output.WriteLineAsync(JsonSerializer.Serialize(new
            {
                benchmark = "giant",
                precision = precision.ToString().ToLowerInvariant(),
                randomCheckpointSeconds = Math.Round(writeSeconds, 1),
                peakBeforeCompileMegabytes = peakBefore,
                compileSeconds = Math.Round(compileSeconds, 1),
                peakMegabytes = peak,
                modelMegabytes = Math.Round(new DirectoryInfo(model).GetFiles().Sum(file => file.Length) / BytesPerMegabyte),
                loadSeconds = Math.Round(loadSeconds, 1),
                scoreSeconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1),
                features = rows[0].Length,
            }));
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    // The kernel's high-water mark: Process.PeakWorkingSet64 is not filled on every platform.
    private static double PeakMegabytes()
    {
        const string Key = "VmHWM:";
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith(Key, StringComparison.Ordinal));
        return Math.Round(double.Parse(line[Key.Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024);
    }
}
