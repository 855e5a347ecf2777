namespace Dinov2Cluster.Grains.Messages;

/// <summary>Which features of an image are wanted.</summary>
[GenerateSerializer, Alias("dinov2.EmbedOutput")]
public enum EmbedOutput
{
    /// <summary>The CLS token after the last normalisation: D features.</summary>
    Cls,

    /// <summary>The CLS token, then the mean of the patch tokens: 2 D features, as DINOv2's own linear evaluation takes them.</summary>
    ClsMean,

    /// <summary>The patch tokens after the last normalisation, row by row from the upper left: P vectors of D features.</summary>
    PatchTokens,
}
