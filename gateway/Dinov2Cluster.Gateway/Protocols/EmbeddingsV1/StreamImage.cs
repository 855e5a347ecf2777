using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>An image of a stream, from its message until its answer. Disposing it gives the message's memory back.</summary>
/// <param name="id">The client's number.</param>
/// <param name="input">The image; a slice of the message.</param>
/// <param name="message">The message.</param>
/// <param name="readAt"><see cref="TimeProvider"/> timestamp of its arrival.</param>
internal sealed class StreamImage(ulong id, ImageInput input, HeldMessage message, long readAt) : IDisposable
{
    public ulong Id { get; } = id;

    public ImageInput Input { get; } = input;

    public long ReadAt { get; } = readAt;

    /// <summary>Whether the image is counted against what its caller may ask for: an image that is tried again is not counted again.</summary>
    public bool IsCharged { get; set; }

    public void Dispose() => message.Dispose();
}
