using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Hosting;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>What routing measures, on the gateway's meter.</summary>
internal sealed class RoutingMetrics
{
    private static readonly string[] _outcomes = [.. Enum.GetNames<AttemptOutcome>().Select(name => name.ToLowerInvariant())];

    private readonly Counter<long> _attempts;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _resent;

    public RoutingMetrics(IMeterFactory meters, ClusterWatcher watcher)
    {
        var meter = meters.Create(GatewayMetrics.Name);
        _attempts = meter.CreateCounter<long>("dinov2.gateway.attempts", "{call}", "Calls to devices that ended, by outcome.");
        _retries = meter.CreateCounter<long>("dinov2.gateway.retries", "{call}", "Calls that were made because an earlier one went wrong.");
        _resent = meter.CreateCounter<long>("dinov2.gateway.images.resent", "{image}", "Images in these calls.");
        meter.CreateObservableGauge("dinov2.gateway.devices.set_aside", () => CountSetAside(watcher.View), "{device}", "Devices that get no work until a probe succeeds.");
    }

    /// <summary>A call to a device ended.</summary>
    public void AttemptEnded(AttemptOutcome outcome) => _attempts.Add(1, new KeyValuePair<string, object?>("outcome", _outcomes[(int)outcome]));

    /// <summary>Images are sent again.</summary>
    public void Resent(int images)
    {
        _retries.Add(1);
        _resent.Add(images);
    }

    private static int CountSetAside(ClusterView view)
    {
        var count = 0;
        foreach (var model in view.Models)
        {
            foreach (var device in view.Find(model)?.Devices ?? [])
            {
                count += device.IsAvailable ? 0 : 1;
            }
        }

        return count;
    }
}
