using Orleans;

namespace Dinov2Cluster.Primitives;

/// <summary>The features that a caller wants of an image. D is the embedding size, P the number of patch tokens.</summary>
[GenerateSerializer, Alias("dinov2.Output")]
public enum Output
{
    /// <summary>The CLS token after the last normalization: D features. Every model gives it.</summary>
    Cls,

    /// <summary>The CLS token, then the mean of the patch tokens: 2 D features, as in DINOv2's own linear evaluation.</summary>
    ClsMean,

    /// <summary>The patch tokens after the last normalization, row by row from the upper left: P vectors of D features.</summary>
    PatchTokens,
}

/// <summary>Sizes of outputs.</summary>
public static class OutputExtensions
{
    /// <summary>Vectors per image.</summary>
    public static int Vectors(this Output output, int patchTokens) => output == Output.PatchTokens ? patchTokens : 1;

    /// <summary>Features per vector.</summary>
    public static int Dimensions(this Output output, int embeddingSize) => output == Output.ClsMean ? 2 * embeddingSize : embeddingSize;
}
