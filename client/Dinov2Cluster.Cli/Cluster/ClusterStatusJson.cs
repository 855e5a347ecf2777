using System.Text.Json.Serialization;

namespace Dinov2Cluster.Cli.Cluster;

/// <summary>Reads <see cref="ClusterStatus"/>; what a newer gateway adds is left out, what is missing is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class ClusterStatusJson : JsonSerializerContext;
