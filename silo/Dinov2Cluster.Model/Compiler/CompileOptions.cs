using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>What to compile a checkpoint for.</summary>
public sealed record CompileOptions
{
    /// <summary>Precision of the weights.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Null picks the checkpoint's own: <see cref="PositionEmbeddingMode.Antialias"/> with registers, else <see cref="PositionEmbeddingMode.Legacy"/>.</summary>
    public PositionEmbeddingMode? PositionEmbedding { get; init; }

    /// <summary>Side of the square crop that enters the model, in pixels; a multiple of the patch size.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Gives the patch tokens and their mean beside the CLS token: the last block then computes every token, not the CLS row alone.</summary>
    public bool PatchTokens { get; init; }

    /// <summary>The mode asked for, or the checkpoint's own.</summary>
    internal PositionEmbeddingMode PositionEmbeddingFor(Dinov2Config config) =>
        PositionEmbedding ?? (config.RegisterTokens > 0 ? PositionEmbeddingMode.Antialias : PositionEmbeddingMode.Legacy);
}
