using System.Text.Json.Serialization;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Model.Repository;

/// <summary>What <c>model.json</c> says of a compiled model directory.</summary>
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

    /// <summary>Patch tokens per image that the graph gives beside the CLS token; 0 when it was compiled without them.</summary>
    /// <remarks>Left out of the file when 0, so that such a model's file, and with it its checksum, is what it was before there were any.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int PatchTokens { get; init; }

    /// <summary>Precision of the weights.</summary>
    public required Precision Precision { get; init; }

    /// <summary>How the position grid was interpolated.</summary>
    public required PositionEmbeddingMode PositionEmbedding { get; init; }

    /// <summary>SHA-256 of the source checkpoint, lower-case hex: see <c>Checkpoint.ComputeSha256</c>.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>How images become crops; the normalisation is already in the graph.</summary>
    public required PreprocessorConfig Preprocessing { get; init; }

    /// <summary>True when the weights are seeded random numbers, so that the features mean nothing.</summary>
    public bool RandomWeights { get; init; }
}
