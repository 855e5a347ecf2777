using Orleans;

namespace Dinov2Cluster.Primitives;

/// <summary>How a device answered. A value and not an exception: a full queue is expected, and must be cheap to report.</summary>
[GenerateSerializer, Alias("dinov2.EmbedStatus")]
public enum EmbedStatus
{
    /// <summary>The features are there.</summary>
    Ok,

    /// <summary>The device's queue has no room for these images now.</summary>
    QueueFull,

    /// <summary>The deadline passed, or would have, before the images were computed.</summary>
    DeadlineExceeded,

    /// <summary>The device failed on an image, in a batch and alone; the silo's log has the details.</summary>
    DeviceFailed,

    /// <summary>The silo is shutting down and takes no new work; another device may take the images.</summary>
    Draining,

    /// <summary>The silo has no such model on such a device, or has not loaded it yet.</summary>
    NotServed,

    /// <summary>The request's sizes don't fit the model, the model doesn't give the output, or the features are too large for one message.</summary>
    InvalidRequest,
}

/// <summary>A device's answer, as its queue makes it and as it goes over the wire.</summary>
/// <param name="Status">Whether <paramref name="Features"/> holds an answer.</param>
/// <param name="Features">
/// float32 [count, vectors, dimensions] of the request's output, row-major, rows in the order of the crops; empty unless <see cref="EmbedStatus.Ok"/>. The receiver owns it.
/// </param>
/// <param name="QueueSeconds">From the arrival of the crops until the device began their first batch.</param>
/// <param name="InferenceSeconds">From then until their last batch was done.</param>
/// <param name="QueueDepth">Images that wait for the device after this answer.</param>
/// <param name="Computing">Images that the device computes after this answer.</param>
/// <remarks>Grains' <c>EmbedReplyCodec</c> serializes it: add a new field there too.</remarks>
[Immutable, Alias("dinov2.EmbedReply")]
public sealed record EmbedReply(EmbedStatus Status, float[] Features, double QueueSeconds, double InferenceSeconds, int QueueDepth, int Computing)
{
    /// <summary>An answer without features.</summary>
    public static EmbedReply Failed(EmbedStatus status, int queueDepth, int computing) => new(status, [], 0, 0, queueDepth, computing);
}

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
