using System.Text.Json.Serialization;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary>Writes <see cref="ClusterStatus"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class ClusterStatusJson : JsonSerializerContext;
