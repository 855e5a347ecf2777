namespace Dinov2Cluster.Model;

/// <summary>
/// Inputs and outputs of a served graph, the first dimension a batch of N images. S is the side of the crop in pixels, D the embedding size,
/// P the number of patch tokens, T the number of all tokens.
/// </summary>
public static class GraphNames
{
    /// <summary>Input of a compiled graph: uint8 [N, S, S, 3], RGB.</summary>
    public const string Pixels = "pixels";

    /// <summary>Input of an exported graph: float32 [N, 3, S, S], normalized RGB.</summary>
    public const string PixelValues = "pixel_values";

    /// <summary>Output of a compiled graph, and of some exports: float32 [N, D], the CLS token after the last LayerNorm, not scaled to unit length.</summary>
    public const string ImageFeatures = "image_features";

    /// <summary>Output of an exported graph: float32 [N, D], the same as <see cref="ImageFeatures"/>.</summary>
    public const string PoolerOutput = "pooler_output";

    /// <summary>Output of an exported graph: float32 [N, T, D], every token after the last LayerNorm, the CLS token first.</summary>
    public const string LastHiddenState = "last_hidden_state";

    /// <summary>Output of a graph compiled with patch tokens: float32 [N, P, D] after the last LayerNorm, row by row from the upper left.</summary>
    public const string PatchFeatures = "patch_features";

    /// <summary>Output of a graph compiled with patch tokens: float32 [N, D], the mean of <see cref="PatchFeatures"/>.</summary>
    public const string PatchMean = "patch_mean";
}
