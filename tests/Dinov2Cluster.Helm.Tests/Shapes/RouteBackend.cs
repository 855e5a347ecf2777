using System.Text.Json.Serialization;

namespace Dinov2Cluster.Helm.Tests.Shapes;

/// <summary>The Service and port that a route leads to.</summary>
internal sealed record RouteBackend([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("port")] int Port);
