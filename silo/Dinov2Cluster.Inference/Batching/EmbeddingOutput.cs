namespace Dinov2Cluster.Inference.Batching;

/// <summary>Which features a job wants. D is the embedding size, P the number of patch tokens.</summary>
public enum EmbeddingOutput
{
    /// <summary>The CLS token: D features. Every model gives it.</summary>
    Cls,

    /// <summary>The CLS token, then the mean of the patch tokens: 2 D features.</summary>
    ClsMean,

    /// <summary>The patch tokens, row by row from the upper left: P * D features.</summary>
    PatchTokens,
}
