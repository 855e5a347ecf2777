namespace Dinov2Cluster.Grains.Messages;

/// <summary>A device's answer.</summary>
/// <param name="Status">Whether <paramref name="Features"/> holds an answer.</param>
/// <param name="Features">float32 [count, vectors, dimensions] of the request's output, row-major, rows in the order of the crops; empty unless <see cref="EmbedStatus.Ok"/>.</param>
/// <param name="QueueSeconds">Longest wait of a crop in the device's queue.</param>
/// <param name="InferenceSeconds">Longest compute of a batch that held one of the crops.</param>
/// <param name="QueueDepth">Images that wait for the device after this answer.</param>
/// <param name="Computing">Images that the device computes after this answer.</param>
/// <remarks><see cref="EmbedReplyCodec"/> puts it on the wire: a field added here is added there.</remarks>
[Immutable, Alias("dinov2.EmbedReply")]
public sealed record EmbedReply(EmbedStatus Status, float[] Features, double QueueSeconds, double InferenceSeconds, int QueueDepth, int Computing)
{
    /// <summary>An answer without features.</summary>
    public static EmbedReply Failed(EmbedStatus status, int queueDepth, int computing) => new(status, [], 0, 0, queueDepth, computing);
}
