namespace Dinov2Cluster.Client;

/// <summary>Which features of an image. D is the model's width: 1536 for the giant.</summary>
public enum EmbedOutput
{
    /// <summary>The CLS token after the last normalisation: one vector of D features.</summary>
    Cls,

    /// <summary>The CLS token, then the mean of the patch tokens: one vector of 2 * D features.</summary>
    ClsMean,

    /// <summary>The patch tokens, row by row from the upper left: P vectors (256 for a crop of 224 and patches of 14) of D features.</summary>
    PatchTokens,
}
