using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Reads <see cref="ApiKeysFile"/>, with the liberties of <c>appsettings.json</c>; a property that nobody knows is an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    AllowTrailingCommas = true,
    ReadCommentHandling = JsonCommentHandling.Skip,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ApiKeysFile))]
internal sealed partial class ApiKeysFileJson : JsonSerializerContext;
