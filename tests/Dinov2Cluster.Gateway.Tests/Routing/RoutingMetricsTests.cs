using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Grains.Messages;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class RoutingMetricsTests
{
    [Fact]
    public void Attempts_repeats_and_devices_that_are_set_aside_are_counted()
    {
        using var cluster = new SimulatedCluster();
        using var attempts = Collect<long>(cluster, "dinov2.gateway.attempts");
        using var retries = Collect<long>(cluster, "dinov2.gateway.retries");
        using var resent = Collect<long>(cluster, "dinov2.gateway.images.resent");
        using var setAside = Collect<int>(cluster, "dinov2.gateway.devices.set_aside");
        cluster.Run(async () =>
        {
            cluster.Add("a/cpu:0/m", 0.01, 0.011, 0.012).Refusal = EmbedStatus.NotServed;
            cluster.Add("b/cpu:0/m", 0.02, 0.022, 0.024);
            cluster.Poll();

            await cluster.EmbedAsync(3);
        });

        setAside.RecordObservableInstruments();
        Assert.Equal(["refused", "answered"], attempts.GetMeasurementSnapshot().Select(attempt => attempt.Tags["outcome"]));
        Assert.Equal(1, Assert.Single(retries.GetMeasurementSnapshot()).Value);
        Assert.Equal(3, Assert.Single(resent.GetMeasurementSnapshot()).Value);
        Assert.Equal(1, setAside.LastMeasurement?.Value);
    }

    private static MetricCollector<T> Collect<T>(SimulatedCluster cluster, string instrument)
        where T : struct =>
        new(cluster.Meters, GatewayMetrics.Name, instrument);
}
