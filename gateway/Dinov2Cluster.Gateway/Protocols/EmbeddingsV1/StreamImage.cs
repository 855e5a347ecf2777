using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>An image of a stream, from its message until its answer. Disposing it gives the message's memory back.</summary>
/// <param name="id">The client's number.</param>
/// <param name="input">The image; a slice of the message.</param>
/// <param name="message">The message.</param>
/// <param name="readAt"><see cref="TimeProvider"/> timestamp of its arrival.</param>
internal sealed class StreamImage(ulong id, ImageInput input, BodyBudget.ByteLease message, long readAt) : IDisposable
{
    public ulong Id { get; } = id;

    public ImageInput Input { get; } = input;

    public long ReadAt { get; } = readAt;

    /// <summary>Whether the image is counted against its caller's limits: another attempt is not counted again.</summary>
    public bool IsCharged { get; set; }

    public void Dispose() => message.Dispose();
}

/// <summary>What holds for every image of a stream.</summary>
/// <param name="Model">Name of the model; empty for the default one.</param>
/// <param name="Options">What the client asks for; each image fails on its own.</param>
/// <param name="Priority">Whether other requests go first.</param>
/// <param name="Caller">Who asks; null where callers need no credentials.</param>
internal sealed record StreamTerms(string Model, EmbeddingOptions Options, Priority Priority, ICaller? Caller);

/// <summary>A stream's caller, charged once for each image of a group, however often it is tried.</summary>
internal sealed class GroupCaller(ICaller caller, IReadOnlyList<StreamImage> group) : ICaller
{
    /// <inheritdoc/>
    public void Take(int images)
    {
        var uncharged = group.Count(image => !image.IsCharged);
        if (uncharged > 0)
        {
            caller.Take(uncharged);
        }

        foreach (var image in group)
        {
            image.IsCharged = true;
        }
    }
}
