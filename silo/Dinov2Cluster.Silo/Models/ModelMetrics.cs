using System.Diagnostics.Metrics;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Silo.Models;

/// <summary>What a silo serves, and its state. Read on each scrape.</summary>
internal sealed class ModelMetrics
{
    // Enough to distinguish versions on a dashboard.
    private const int ChecksumDigits = 12;

    private static readonly ModelHostState[] _states = Enum.GetValues<ModelHostState>();
    private static readonly string[] _stateNames = [.. Enum.GetNames<ModelHostState>().Select(name => name.ToLowerInvariant())];

    public ModelMetrics(IMeterFactory meters, ModelHost host)
    {
        var meter = meters.Create(SiloMeter.Name);
        meter.CreateObservableGauge("dinov2.silo.state", () => States(host.State), description: "1 for the state that the silo is in, 0 for the others: loading, ready, draining or lost.");
        meter.CreateObservableGauge("dinov2.model.info", () => Models(host), description: "1 for each model that the silo serves; its labels say what it is.");
        meter.CreateObservableGauge("dinov2.silo.memory.limit", () => MemoryLimit.Bytes, "By", "Memory that the process may take: its container's, else the machine's.");
    }

    private static IEnumerable<Measurement<int>> States(ModelHostState current) =>
        _states.Select((state, i) => new Measurement<int>(state == current ? 1 : 0, new KeyValuePair<string, object?>("state", _stateNames[i])));

    private static IEnumerable<Measurement<int>> Models(ModelHost host) => host.Hosted.DistinctBy(hosted => (hosted.Engine.Model, hosted.Checksum)).Select(hosted => new Measurement<int>(
        1,
        new("model", hosted.Engine.Model),
        new("checksum", hosted.Checksum[..ChecksumDigits]),
        new("precision", hosted.Manifest?.Precision.ToString().ToLowerInvariant() ?? "unknown"),
        new("random_weights", hosted.Manifest is { RandomWeights: true } ? "true" : "false")));
}
