using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Telemetry;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Metrics of routing, on the gateway's meter.</summary>
internal sealed class RoutingMetrics
{
    private static readonly string[] _outcomes =
        [.. Enum.GetValues<AttemptOutcome>().Select(outcome => outcome == AttemptOutcome.Canceled ? "cancelled" : outcome.ToString().ToLowerInvariant())];

    // From a small model (1 ms) to a giant on a CPU with retries.
    private static readonly InstrumentAdvice<double> _seconds = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    // Models that were served since the start: a model that lost its last device counts as 0 and stays visible.
    private readonly SortedSet<string> _models = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _resent;
    private readonly Histogram<double> _route;

    public RoutingMetrics(IMeterFactory meters, ClusterWatcher watcher)
    {
        var meter = meters.Create(GatewayMetrics.Name);
        _attempts = meter.CreateCounter<long>("dinov2.gateway.attempts", "{call}", "Calls to devices that ended, by outcome.");
        _retries = meter.CreateCounter<long>("dinov2.gateway.retries", "{call}", "Calls that were made because an earlier one went wrong.");
        _resent = meter.CreateCounter<long>("dinov2.gateway.images.resent", "{image}", "Images in these calls.");
        _route = meter.CreateHistogram(
            "dinov2.gateway.route.duration", "s", "From a group of crops to its features, with the network, the queue, the computation and all attempts, by model.", tags: null, _seconds);
        meter.CreateObservableGauge("dinov2.gateway.silos", () => CountSilos(watcher), "{silo}", "Members of the cluster as this gateway sees them, by state.");
        meter.CreateObservableGauge(
            "dinov2.gateway.devices", () => CountDevices(watcher.View), "{device}", "Devices that serve a model as this gateway sees them, by model and state: available or quarantined.");
        meter.CreateObservableGauge("dinov2.gateway.devices.quarantined", () => CountQuarantined(watcher.View), "{device}", "Devices that get no work until a probe succeeds.");
    }

    /// <summary>A call to a device ended.</summary>
    public void AttemptEnded(AttemptOutcome outcome) => _attempts.Add(1, new KeyValuePair<string, object?>("outcome", _outcomes[(int)outcome]));

    /// <summary>A part is sent again.</summary>
    public void Resent(int images)
    {
        _retries.Add(1);
        _resent.Add(images);
    }

    /// <summary>A group of crops got its features.</summary>
    public void Routed(string model, double seconds) => _route.Record(seconds, new KeyValuePair<string, object?>("model", model));

    private static IEnumerable<Measurement<int>> CountSilos(ClusterWatcher watcher)
    {
        var silos = watcher.Silos;
        return Enum.GetValues<SiloState>().Select(state => new Measurement<int>(
            silos.Count(silo => silo.State == state), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant())));
    }

    private List<Measurement<int>> CountDevices(ClusterView view)
    {
        var counts = new List<Measurement<int>>();
        lock (_lock)
        {
            _models.UnionWith(view.Models);
            foreach (var model in _models)
            {
                var devices = view.Find(model)?.Devices ?? [];
                var available = devices.Count(device => device.IsAvailable);
                counts.Add(new(available, new("model", model), new("state", "available")));
                counts.Add(new(devices.Length - available, new("model", model), new("state", "quarantined")));
            }
        }

        return counts;
    }

    private static int CountQuarantined(ClusterView view) =>
        view.Models.Sum(model => view.Find(model)!.Devices.Count(device => !device.IsAvailable));
}
