namespace Dinov2Cluster.Model.Compiler;

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
