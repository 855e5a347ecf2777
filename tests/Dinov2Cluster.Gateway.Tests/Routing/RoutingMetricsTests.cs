using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class RoutingMetricsTests
{
    [Fact]
    public void Attempts_repeats_and_quarantined_devices_are_counted()
    {
        using var cluster = new SimulatedCluster();
        using var attempts = Collect<long>(cluster, "dinov2.gateway.attempts");
        using var retries = Collect<long>(cluster, "dinov2.gateway.retries");
        using var resent = Collect<long>(cluster, "dinov2.gateway.images.resent");
        using var quarantined = Collect<int>(cluster, "dinov2.gateway.devices.quarantined");
        cluster.Run(async () =>
        {
            cluster.Add("a/cpu:0/m", 0.01, 0.011, 0.012).Refusal = EmbedStatus.NotServed;
            cluster.Add("b/cpu:0/m", 0.02, 0.022, 0.024);
            cluster.Poll();

            await cluster.EmbedAsync(3);
        });

        quarantined.RecordObservableInstruments();
        Assert.Equal(["refused", "answered"], attempts.GetMeasurementSnapshot().Select(attempt => attempt.Tags["outcome"]));
        Assert.Equal(1, Assert.Single(retries.GetMeasurementSnapshot()).Value);
        Assert.Equal(3, Assert.Single(resent.GetMeasurementSnapshot()).Value);
        Assert.Equal(1, quarantined.LastMeasurement?.Value);
    }

    [Fact]
    public void Silos_and_devices_are_counted_by_state_and_routes_are_timed()
    {
        using var cluster = new SimulatedCluster();
        using var silos = Collect<int>(cluster, "dinov2.gateway.silos");
        using var devices = Collect<int>(cluster, "dinov2.gateway.devices");
        using var route = Collect<double>(cluster, "dinov2.gateway.route.duration");
        cluster.Run(async () =>
        {
            cluster.Add("a/cpu:0/m", 0.25);
            cluster.Add("b/cpu:0/m", 0.25);
            cluster.Poll();
            await cluster.EmbedAsync(1);
        });
        cluster.State("b/cpu:0/m").Health.Quarantine();
        silos.RecordObservableInstruments();
        devices.RecordObservableInstruments();

        var routed = Assert.Single(route.GetMeasurementSnapshot());
        Assert.Equal((0.25, "m"), (Math.Round(routed.Value, 6), routed.Tags["model"]));
        Assert.Equal(["draining=0", "ready=2", "starting=0", "unreachable=0"], ByState(silos));
        Assert.Equal(["available=1", "quarantined=1"], ByState(devices));
    }

    [Fact]
    public void A_model_that_lost_its_last_device_is_counted_with_none()
    {
        using var cluster = new SimulatedCluster();
        using var devices = Collect<int>(cluster, "dinov2.gateway.devices");
        cluster.Add("a/cpu:0/m", 0.25);
        cluster.Poll();
        devices.RecordObservableInstruments();
        cluster.Remove("a/cpu:0/m");
        cluster.Poll();
        devices.Clear();
        devices.RecordObservableInstruments();

        Assert.Equal(["available=0", "quarantined=0"], ByState(devices));
    }

    private static IEnumerable<string> ByState(MetricCollector<int> collector) =>
        collector.GetMeasurementSnapshot().Select(count => $"{count.Tags["state"]}={count.Value}").Order(StringComparer.Ordinal);

    private static MetricCollector<T> Collect<T>(SimulatedCluster cluster, string instrument)
        where T : struct =>
        new(cluster.Meters, GatewayMetrics.Name, instrument);
}
