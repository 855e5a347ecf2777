using System.Text.Json.Nodes;
using Dinov2Cluster.Cuda.Tests.Support;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Cuda.Tests;

/// <summary><c>tests/gpu/check.sh</c>, on a nano model, because a GPU's time is not for mending scripts: here on the CPU and on the stand-in.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_measures_on_a_cpu_and_finds_the_golden_features()
    {
        var lines = await RunAsync("cpu", Path.Combine(RepositoryRoot.Path, "tests", "Dinov2Cluster.Benchmarks", "bin", "Release", "net10.0"), "environment", "golden", "big", "nodes");

        AssertAllWell(lines);
        var floats = lines.Where(line => (string?)line["step"] == "golden" && line["precision"] is { } precision && (string?)precision != "int8").ToArray();
        Assert.Equal(12, floats.Length);
        Assert.All(floats, line => Assert.InRange((double)line["leastCosine"]!, 0.9999, 1.0001));
        Assert.Equal(["CPUExecutionProvider"], Providers(lines));
    }

    [CudaFact]
    public async Task It_measures_on_a_gpu_from_the_session_to_the_host()
    {
        var lines = await RunAsync("cuda", CudaBuild.Benchmarks, "environment", "big", "serve", "variants", "graphs", "nodes");

        AssertAllWell(lines);
        Assert.Equal([1, 1, 2], Of(lines, "big", "lanes").Select(line => (int)line["lanes"]!));
        Assert.Equal(5, Of(lines, "serve", "load").Count(line => (int)line["images"]! > 0));
        Assert.Equal(["fp32", "fp16", "fp16-residual-fp16"], Of(lines, "variants", "variant").Select(line => (string?)line["variant"]));
        Assert.Equal(1, (int)Of(lines, "graphs", "graphMs").Single()["batch"]!);
        Assert.Equal(["CUDAExecutionProvider"], Providers(lines));
    }

    [Fact]
    public async Task A_step_that_fails_stops_no_other_and_tells_why()
    {
        var lines = await RunAsync("cpu", _directory["nothing"], "environment", "golden");

        Assert.Equal([("environment", true), ("golden", false)], lines.Where(line => line["ok"] is not null).Select(line => ((string)line["step"]!, (bool)line["ok"]!)));
        Assert.Contains("Dinov2Cluster.Benchmarks", (string)lines.Single(line => (bool?)line["ok"] == false)["error"]!, StringComparison.Ordinal);
        Assert.Equal(1, (int)lines[^1]["failed"]!);
    }

    private static IEnumerable<JsonNode> Of(IEnumerable<JsonNode> lines, string step, string field) => lines.Where(line => (string?)line["step"] == step && line[field] is not null);

    private static IEnumerable<string> Providers(IEnumerable<JsonNode> lines) => Of(lines, "nodes", "providers").Single()["providers"]!.AsObject().Select(provider => provider.Key);

    private static void AssertAllWell(JsonNode[] lines)
    {
        Assert.DoesNotContain(lines, line => line["error"] is not null);
        Assert.Equal(0, (int)lines[^1]["failed"]!);
        Assert.InRange((int)lines[^1]["secondsLeft"]!, 0, 600);
    }

    private async Task<JsonNode[]> RunAsync(string device, string kit, params string[] steps)
    {
        Dictionary<string, string> settings = new()
        {
            ["KIT"] = kit, ["DEVICE"] = device, ["OUT"] = _directory["out"], ["WORK"] = _directory["work"], ["LIMIT"] = "600", ["BIG"] = "nano", ["MID"] = "nano",
            ["BATCHES"] = "1,2", ["VARIANT_BATCHES"] = "1", ["NODES_BATCH"] = "1", ["GRAPH_BATCHES"] = "1", ["SECONDS_EACH"] = "1", ["BENCH"] = "1", ["CONCURRENCY"] = "8", ["LIGHT"] = "20",
            ["LD_LIBRARY_PATH"] = device == "cuda" ? CudaBuild.Libraries : "",
            ["XDG_CACHE_HOME"] = _directory["cache"],
        };
        var run = await ProgramRun.RunAsync("bash", ["tests/gpu/check.sh", .. steps], RepositoryRoot.Path, settings, Cancellation);
        Assert.True(run.ExitCode == 0, $"check.sh ended with {run.ExitCode}: {run.Error}");
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
