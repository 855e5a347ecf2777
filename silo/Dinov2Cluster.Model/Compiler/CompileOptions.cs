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

    /// <summary>Adds the patch tokens and their mean to the outputs: the last block then computes every token, not the CLS row alone.</summary>
    public bool PatchTokens { get; init; }

    /// <summary>The mode asked for, or the checkpoint's own.</summary>
    internal PositionEmbeddingMode PositionEmbeddingFor(Dinov2Config config) =>
        PositionEmbedding ?? (config.RegisterTokens > 0 ? PositionEmbeddingMode.Antialias : PositionEmbeddingMode.Legacy);
}

/// <summary>How a compiled model stores and multiplies its weights.</summary>
public enum Precision
{
    /// <summary>32-bit floats: the reference.</summary>
    Fp32,

    /// <summary>16-bit floats, for GPUs.</summary>
    Fp16,

    /// <summary>8-bit weights, quantized per column; activations are quantized at run time. For CPUs.</summary>
    Int8,
}

/// <summary>How a compiled model stores the residual stream, and computes its LayerNorms.</summary>
public enum ResidualPrecision
{
    /// <summary>32-bit floats, whatever the precision of the weights.</summary>
    Fp32,

    /// <summary>16-bit floats: a GPU moves half the bytes between the projections, and converts nothing.</summary>
    Fp16,
}

/// <summary>How the trained position grid (37 x 37) becomes the grid of the served crop (16 x 16 for 224 pixels).</summary>
public enum PositionEmbeddingMode
{
    /// <summary>Bicubic (a = -0.75) by scale factor (n + 0.1) / N, no antialias: the original code and transformers before 4.45.</summary>
    Legacy,

    /// <summary>Bicubic (a = -0.75) by output size, no antialias: transformers 4.45 and later.</summary>
    Size,

    /// <summary>Antialiased bicubic (a = -0.5) by output size: register checkpoints.</summary>
    Antialias,
}
