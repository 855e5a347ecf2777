namespace Dinov2Cluster.Client;

/// <summary>Options of a call.</summary>
public sealed record EmbedOptions
{
    /// <summary>Name of the model; null for <see cref="Dinov2ClientOptions.Model"/>, and without that for the gateway's default.</summary>
    public string? Model { get; init; }

    /// <summary>Whether each vector is divided by its L2 norm. DINOv2's own features aren't.</summary>
    public bool Normalize { get; init; }

    /// <summary>Which features are computed.</summary>
    public EmbedOutput Output { get; init; }

    /// <summary>
    /// Priority at the devices; null for <see cref="EmbedPriority.Bulk"/> in <c>EmbedManyAsync</c> and <see cref="EmbedPriority.Interactive"/>
    /// elsewhere.
    /// </summary>
    public EmbedPriority? Priority { get; init; }

    /// <summary>
    /// Longest duration of the call, with all retries; null for <see cref="Dinov2ClientOptions.Deadline"/>. For <c>EmbedManyAsync</c>, which may
    /// take hours, it is the longest duration without an answered image.
    /// </summary>
    public TimeSpan? Deadline { get; init; }
}

/// <summary>Features of an image. D is the model's embedding size: 1536 for the giant.</summary>
public enum EmbedOutput
{
    /// <summary>The CLS token after the last normalization: one vector of D features.</summary>
    Cls,

    /// <summary>The CLS token, then the mean of the patch tokens: one vector of 2 * D features.</summary>
    ClsMean,

    /// <summary>The patch tokens, row by row from the upper left: P vectors (256 for a crop of 224 and patches of 14) of D features.</summary>
    PatchTokens,
}

/// <summary>Which images a device takes first.</summary>
public enum EmbedPriority
{
    /// <summary>Somebody waits for the answer.</summary>
    Interactive,

    /// <summary>Throughput matters, not latency: interactive images go first.</summary>
    Bulk,
}
