using System.Text.Json.Serialization;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>https://gateway-api.sigs.k8s.io/reference/spec/#httproute: what the chart uses of it.</summary>
internal sealed class HttpRoute : CustomObject<RouteSpec<HttpRoute.Rule>>
{
    internal sealed record Rule(
        [property: JsonPropertyName("matches")] IReadOnlyList<Match> Matches,
        [property: JsonPropertyName("backendRefs")] IReadOnlyList<RouteBackend> BackendRefs,
        [property: JsonPropertyName("timeouts")] Timeouts? Timeouts);

    internal sealed record Match([property: JsonPropertyName("path")] PathMatch Path);

    internal sealed record PathMatch([property: JsonPropertyName("type")] string Type, [property: JsonPropertyName("value")] string Value);

    internal sealed record Timeouts([property: JsonPropertyName("request")] string Request);
}
