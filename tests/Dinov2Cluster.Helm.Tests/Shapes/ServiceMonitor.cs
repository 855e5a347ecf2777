using System.Text.Json.Serialization;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor: what the chart uses of it.</summary>
internal sealed class ServiceMonitor : CustomObject<ServiceMonitor.Monitor>
{
    internal sealed record Monitor(
        [property: JsonPropertyName("selector")] V1LabelSelector Selector,
        [property: JsonPropertyName("endpoints")] IReadOnlyList<Endpoint> Endpoints);

    internal sealed record Endpoint(
        [property: JsonPropertyName("port")] string Port,
        [property: JsonPropertyName("path")] string Path,
        [property: JsonPropertyName("interval")] string Interval,
        [property: JsonPropertyName("relabelings")] IReadOnlyList<Relabeling> Relabelings);

    internal sealed record Relabeling(
        [property: JsonPropertyName("sourceLabels")] IReadOnlyList<string>? SourceLabels,
        [property: JsonPropertyName("targetLabel")] string TargetLabel,
        [property: JsonPropertyName("replacement")] string? Replacement);
}
