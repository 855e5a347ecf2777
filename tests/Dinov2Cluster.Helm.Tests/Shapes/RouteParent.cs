using System.Text.Json.Serialization;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>A Gateway that a route attaches to.</summary>
internal sealed record RouteParent(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("namespace")] string? Namespace,
    [property: JsonPropertyName("sectionName")] string? SectionName);
