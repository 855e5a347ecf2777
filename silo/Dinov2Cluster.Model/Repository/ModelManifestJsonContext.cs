using System.Text.Json.Serialization;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    WriteIndented = true,
    Converters = [typeof(LowerCaseEnumConverter<Precision>), typeof(LowerCaseEnumConverter<PositionEmbeddingMode>)])]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ModelManifestJsonContext : JsonSerializerContext;
