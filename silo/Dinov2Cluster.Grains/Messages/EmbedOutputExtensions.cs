namespace Dinov2Cluster.Grains.Messages;

/// <summary>Sizes of outputs.</summary>
public static class EmbedOutputExtensions
{
    /// <summary>Vectors per image.</summary>
    public static int Vectors(this EmbedOutput output, int patchTokens) => output == EmbedOutput.PatchTokens ? patchTokens : 1;

    /// <summary>Features per vector.</summary>
    public static int Dimensions(this EmbedOutput output, int embeddingSize) => output == EmbedOutput.ClsMean ? 2 * embeddingSize : embeddingSize;
}
