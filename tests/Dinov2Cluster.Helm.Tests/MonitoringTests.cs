using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dinov2Cluster.Helm.Tests.Shapes;
using Dinov2Cluster.Helm.Tests.Support;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests;

public sealed partial class MonitoringTests
{
    /// <summary>What the chart has a copy of: a chart can't read outside of itself.</summary>
    public static TheoryData<string, string, string> Copies { get; } = new()
    {
        { "deploy/grafana/dashboards", "files/dashboards", "*.json" },
        { "deploy/prometheus/rules", "files/rules", "*.yml" },
    };

    [Theory]
    [MemberData(nameof(Copies))]
    public void Dashboards_and_rules_are_those_of_deploy(string original, string copy, string pattern)
    {
        var originals = Read(Path.Combine(RepositoryRoot.Path, original), pattern);

        Assert.Equal(originals, Read(Chart.PathOf(copy), pattern));
    }

    [Fact]
    public void The_image_of_the_test_is_one_that_has_expected_features() =>
        Assert.Equal(File.ReadAllBytes(GoldenData.Image("coffee.webp")), File.ReadAllBytes(Chart.PathOf("files", "test", "coffee.webp")));

    [Fact]
    public async Task There_is_a_dashboard_for_each_file_with_the_label_that_Grafana_looks_for()
    {
        var maps = (await Rendering.OfAsync("everything")).All<V1ConfigMap>().Where(map => map.Name().Contains("-dashboard-", StringComparison.Ordinal)).ToList();

        Assert.Equal(Read(Chart.PathOf("files/dashboards"), "*.json").Keys.Select(name => "dinov2-" + name), maps.SelectMany(map => map.Data.Keys).Order(StringComparer.Ordinal));
        Assert.All(maps, map =>
        {
            Assert.Equal(("monitoring", "1", "DINOv2"), (map.Namespace(), map.GetLabel("grafana_dashboard"), map.GetAnnotation("grafana_folder")));
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(Assert.Single(map.Data).Value).RootElement.ValueKind);
        });
    }

    [Fact]
    public async Task There_is_a_rule_object_for_each_file_with_the_label_that_Prometheus_looks_for()
    {
        var rules = (await Rendering.OfAsync("everything")).All<PrometheusRule>().ToList();

        Assert.Equal(Read(Chart.PathOf("files/rules"), "*.yml").Count, rules.Count);
        Assert.All(rules, rule =>
        {
            Assert.Equal("prometheus", rule.Metadata.Labels["release"]);
            Assert.NotEmpty(rule.Spec.Groups);
            Assert.All(rule.Spec.Groups.SelectMany(group => group.Rules), entry => Assert.True(entry.Record is null != entry.Alert is null));
        });
    }

    [Theory]
    [InlineData("keda", "15s")]
    [InlineData("everything", "5s")]
    public async Task A_monitor_for_each_role_finds_one_service_and_names_its_job(string values, string interval)
    {
        var rendering = await Rendering.OfAsync(values);

        foreach (var role in new[] { "gateway", "silo" })
        {
            var monitor = Assert.Single(rendering.All<ServiceMonitor>(), monitor => monitor.GetLabel("app.kubernetes.io/component") == role);
            var service = Assert.Single(rendering.All<V1Service>(), service => monitor.Spec.Selector.MatchLabels.All(label => service.GetLabel(label.Key) == label.Value));
            var endpoint = Assert.Single(monitor.Spec.Endpoints);
            Assert.Contains(service.Spec.Ports, port => port.Name == endpoint.Port);
            Assert.Equal(("/metrics", interval), (endpoint.Path, endpoint.Interval));
            Assert.Equal("dinov2-" + role, Assert.Single(endpoint.Relabelings, relabeling => relabeling.TargetLabel == "job").Replacement);
        }

        Assert.Equal(2, rendering.All<ServiceMonitor>().Count());
    }

    [Fact]
    public async Task A_pool_scales_on_a_metric_that_silos_have()
    {
        var rendering = await Rendering.OfAsync("keda");
        var scaler = Assert.Single(rendering.All<ScaledObject>());

        Assert.Equal((rendering.Silo("cpu").Name, 2, 20), (scaler.Spec.ScaleTargetRef.Name, scaler.Spec.MinReplicaCount, scaler.Spec.MaxReplicaCount));
        var trigger = Assert.Single(scaler.Spec.Triggers);
        Assert.Equal(("prometheus", "http://prometheus-operated.monitoring:9090", "128"), (trigger.Type, trigger.Metadata.ServerAddress, trigger.Metadata.Threshold));
        Assert.Equal("prometheus", trigger.Authentication!.Name);
        var query = SumOf().Match(trigger.Metadata.Query);
        Assert.True(query.Success, trigger.Metadata.Query);
        Assert.Contains(query.Groups["metric"].Value, Metrics());

        // The labels are what the monitor of silos gives: its job and pool, and the operator's own for namespace and service.
        var labels = Label().Matches(query.Groups["labels"].Value).ToDictionary(label => label.Groups[1].Value, label => label.Groups[2].Value, StringComparer.Ordinal);
        var monitor = Assert.Single(rendering.All<ServiceMonitor>(), monitor => monitor.GetLabel("app.kubernetes.io/component") == "silo");
        var relabelings = Assert.Single(monitor.Spec.Endpoints).Relabelings;
        Assert.Equal(labels["job"], relabelings.Single(relabeling => relabeling.TargetLabel == "job").Replacement);
        Assert.Equal(["__meta_kubernetes_pod_label_dinov2_cluster_pool"], relabelings.Single(relabeling => relabeling.TargetLabel == "pool").SourceLabels!);
        Assert.Equal(("cpu", Chart.Namespace), (labels["pool"], labels["namespace"]));
        Assert.Equal(rendering.All<V1Service>().Single(service => service.Spec.ClusterIP == "None").Name(), labels["service"]);
    }

    [Fact]
    public async Task The_gateway_scales_on_CPU()
    {
        var rendering = await Rendering.OfAsync("everything");
        var scaler = Assert.Single(rendering.All<V2HorizontalPodAutoscaler>());

        Assert.Equal((rendering.Gateway.Name, 3, 30), (scaler.Spec.ScaleTargetRef.Name, scaler.Spec.MinReplicas, scaler.Spec.MaxReplicas));
        var metric = Assert.Single(scaler.Spec.Metrics);
        Assert.Equal(("Resource", "cpu", 60), (metric.Type, metric.Resource.Name, metric.Resource.Target.AverageUtilization));
        Assert.Equal(0, scaler.Spec.Behavior.ScaleUp.StabilizationWindowSeconds);
    }

    private static SortedDictionary<string, string> Read(string directory, string pattern) =>
        new(Directory.Exists(directory) ? Directory.EnumerateFiles(directory, pattern).ToDictionary(path => Path.GetFileName(path), File.ReadAllText, StringComparer.Ordinal) : [], StringComparer.Ordinal);

    // As Prometheus has them: units in braces leave no trace.
    private static List<string> Metrics()
    {
        var names = new List<string>();
        using var services = new ServiceCollection().AddMetrics().AddSingleton<InferenceMetrics>().BuildServiceProvider();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == InferenceMetrics.MeterName && instrument.Unit?.StartsWith('{') == true)
            {
                names.Add(instrument.Name.Replace('.', '_'));
            }
        };
        listener.Start();
        _ = services.GetRequiredService<InferenceMetrics>();
        return names;
    }

    [GeneratedRegex("""^sum\((?<metric>[a-z0-9_]+)\{(?<labels>[^}]*)\}\)$""")]
    private static partial Regex SumOf();

    [GeneratedRegex("""([a-z_]+)="([^"]*)",?""")]
    private static partial Regex Label();
}
