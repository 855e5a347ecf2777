using System.Text.Json.Serialization;

namespace Dinov2Cluster.Cli.Hub;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HubListingJson))]
internal sealed partial class HubJsonContext : JsonSerializerContext;
