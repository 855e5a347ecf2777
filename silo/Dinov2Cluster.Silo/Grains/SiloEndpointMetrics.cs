using System.Diagnostics.Metrics;

namespace Dinov2Cluster.Silo.Grains;

/// <summary>What a silo's door counts.</summary>
internal sealed class SiloEndpointMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Dinov2Cluster.Silo";

    private readonly Meter _meter;
    private readonly Counter<long> _calls;

    public SiloEndpointMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _calls = _meter.CreateCounter<long>("dinov2.entry.calls", "{call}", "Calls for a device that came in at the silo's door, by whether another silo owns the device.");
    }

    /// <summary>A call came in; <paramref name="forwarded"/> when another silo owns the device.</summary>
    public void Entered(bool forwarded) => _calls.Add(1, new KeyValuePair<string, object?>("forwarded", forwarded ? "true" : "false"));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
