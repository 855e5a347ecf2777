using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>Where the delivered files are.</summary>
internal static class DeployFiles
{
    public static string Grafana { get; } = Path.Combine(RepositoryRoot.Path, "deploy", "grafana");

    public static string Prometheus { get; } = Path.Combine(RepositoryRoot.Path, "deploy", "prometheus");

    public static string PrometheusConfig { get; } = Path.Combine(Prometheus, "prometheus.yml");

    public static string[] Rules { get; } = Directory.GetFiles(Path.Combine(Prometheus, "rules"), "*.yml").Order(StringComparer.Ordinal).ToArray();

    public static string AlertTests { get; } = Path.Combine(
        RepositoryRoot.Path, "tests", "Dinov2Cluster.Deploy.Tests", "Observability", "alerts.test.yml");
}
