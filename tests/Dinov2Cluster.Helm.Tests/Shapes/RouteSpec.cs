using System.Text.Json.Serialization;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>What HTTPRoute and GRPCRoute have in common.</summary>
internal sealed record RouteSpec<TRule>(
    [property: JsonPropertyName("parentRefs")] IReadOnlyList<RouteParent> ParentRefs,
    [property: JsonPropertyName("hostnames")] IReadOnlyList<string>? Hostnames,
    [property: JsonPropertyName("rules")] IReadOnlyList<TRule> Rules);
