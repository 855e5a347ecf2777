using System.Text.Json;
using System.Text.Json.Nodes;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.K6;

/// <summary>A scenario file run under Node: k6's modules are stubs, requests and answers are real.</summary>
/// <param name="Result">What <c>node/run.mjs</c> printed.</param>
/// <param name="Log">What the scenario logged.</param>
internal sealed record ScenarioRun(JsonNode Result, string Log)
{
    // Of the environment, whatever it is here, these could reach a scenario.
    private static readonly string[] _settings = ["RATE", "MODEL", "IMAGES", "API_KEY", "DURATION", "BASE_URL", "GRPC_URL"];

    public JsonNode Options => Result["options"]!;

    public JsonObject Metrics => Result["data"]!["metrics"]!.AsObject();

    public JsonObject Summary => Result["summary"]!.AsObject();

    /// <summary>How often a rate was true.</summary>
    public int Passes(string metric) => (int)Metrics[metric]!["values"]!["passes"]!;

    /// <summary>How often a rate was anything.</summary>
    public int Samples(string metric) => Passes(metric) + (int)Metrics[metric]!["values"]!["fails"]!;

    public int Count(string metric) => (int)Metrics[metric]!["values"]!["count"]!;

    /// <summary>Thresholds that were crossed, but for those of times: how fast this machine is proves nothing.</summary>
    public IEnumerable<string> Crossed =>
        from metric in Metrics
        where !metric.Key.Contains("_duration", StringComparison.Ordinal)
        from threshold in metric.Value!["thresholds"]?.AsObject() ?? []
        where !(bool)threshold.Value!["ok"]!
        select $"{metric.Key}: {threshold.Key}";

    /// <summary>Runs a scenario's function some times, one after the other.</summary>
    public static async Task<ScenarioRun> RunAsync(
        string scenario, int iterations, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken, string function = "default")
    {
        var run = await TryRunAsync(scenario, iterations, environment, cancellationToken, function);
        Assert.True(run.ExitCode == 0, $"{scenario} ended with {run.ExitCode}:\n{run.Output}\n{run.Error}");
        return new(JsonNode.Parse(run.Output)!, run.Error);
    }

    /// <summary>The same, however it ends.</summary>
    public static Task<ProgramRun> TryRunAsync(
        string scenario, int iterations, IEnumerable<KeyValuePair<string, string>> environment, CancellationToken cancellationToken, string function = "default")
    {
        NodePrograms.Require("node");
        string[] arguments =
        [
            "--import", Path.Combine(K6Folder.Node, "register.mjs"), Path.Combine(K6Folder.Node, "run.mjs"),
            Path.Combine(K6Folder.Root, "scenarios", scenario + ".js"), JsonSerializer.Serialize(iterations), function,
        ];
        var clean = _settings.Select(name => KeyValuePair.Create(name, ""));
        return ProgramRun.RunAsync("node", arguments, Path.GetTempPath(), [.. clean, .. environment], cancellationToken);
    }
}
