using System.Text.Json.Serialization;
using k8s.Models;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>https://keda.sh/docs/latest/reference/scaledobject-spec/: what the chart uses of it.</summary>
internal sealed class ScaledObject : CustomObject<ScaledObject.Scaling>
{
    internal sealed record Scaling(
        [property: JsonPropertyName("scaleTargetRef")] V2CrossVersionObjectReference ScaleTargetRef,
        [property: JsonPropertyName("minReplicaCount")] int MinReplicaCount,
        [property: JsonPropertyName("maxReplicaCount")] int MaxReplicaCount,
        [property: JsonPropertyName("pollingInterval")] int PollingInterval,
        [property: JsonPropertyName("advanced")] Advanced? Advanced,
        [property: JsonPropertyName("triggers")] IReadOnlyList<Trigger> Triggers);

    internal sealed record Advanced([property: JsonPropertyName("horizontalPodAutoscalerConfig")] AutoscalerConfig Autoscaler);

    internal sealed record AutoscalerConfig([property: JsonPropertyName("behavior")] V2HorizontalPodAutoscalerBehavior Behavior);

    internal sealed record Trigger(
        [property: JsonPropertyName("type")] string Type,
        [property: JsonPropertyName("metadata")] Prometheus Metadata,
        [property: JsonPropertyName("authenticationRef")] Authentication? Authentication);

    internal sealed record Prometheus(
        [property: JsonPropertyName("serverAddress")] string ServerAddress,
        [property: JsonPropertyName("query")] string Query,
        [property: JsonPropertyName("threshold")] string Threshold);

    internal sealed record Authentication([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("kind")] string? Kind);
}
