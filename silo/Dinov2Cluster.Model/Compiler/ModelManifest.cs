using System.Text.Json.Serialization;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>The content of <c>model.json</c>, which describes a compiled model directory.</summary>
public sealed record ModelManifest
{
    /// <summary>The file's name in a model directory.</summary>
    public const string FileName = "model.json";

    /// <summary>Version of this format; readers refuse any other.</summary>
    public int FormatVersion { get; init; } = 1;

    /// <summary>Name of the checkpoint directory that it was compiled from.</summary>
    public required string Name { get; init; }

    /// <summary>Features per image.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Transformer blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Register tokens, 0 or 4.</summary>
    public required int RegisterTokens { get; init; }

    /// <summary>Side of the square crop in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Patch side in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Patch tokens per image, in outputs of their own; 0 when the model was compiled without them.</summary>
    /// <remarks>Left out of the file when 0: the file, and so the model's checksum, is then the same as before this property existed.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int PatchTokens { get; init; }

    /// <summary>Precision of the weights.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Precision of the residual stream and the LayerNorms.</summary>
    /// <remarks>Left out of the file when fp32, so that the checksum stays the same; a file without it reads as fp32.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ResidualPrecision Residual { get; init; }

    /// <summary>How the position grid was interpolated.</summary>
    public required PositionEmbeddingMode PositionEmbedding { get; init; }

    /// <summary>SHA-256 of the source checkpoint, lower-case hex: see <see cref="Checkpoint.ComputeSha256"/>.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>How images become crops; the normalization is already in the graph.</summary>
    public required PreprocessorConfig Preprocessing { get; init; }

    /// <summary>True when the weights are seeded random numbers, so the features mean nothing.</summary>
    public bool RandomWeights { get; init; }
}
