using System.Text.Json.Serialization;

namespace Dinov2Cluster.Model.Checkpoints;

// A key given twice would let two readers see two models in one file.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Dinov2ConfigJson))]
[JsonSerializable(typeof(PreprocessorConfigJson))]
[JsonSerializable(typeof(WeightIndexJson))]
internal sealed partial class CheckpointJsonContext : JsonSerializerContext;
