using System.Text.Json.Serialization;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>https://gateway-api.sigs.k8s.io/reference/spec/#grpcroute: what the chart uses of it.</summary>
internal sealed class GrpcRoute : CustomObject<RouteSpec<GrpcRoute.Rule>>
{
    internal sealed record Rule([property: JsonPropertyName("backendRefs")] IReadOnlyList<RouteBackend> BackendRefs);
}
