namespace Dinov2Cluster.Client.Sources;

/// <summary>An image that is ready to be sent, as often as it takes.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Data">The file or the pixels.</param>
/// <param name="Url">The URL.</param>
/// <param name="Pooled">Holds <paramref name="Data"/> when the client has read it.</param>
internal sealed record ImagePayload(ImageKind Kind, ReadOnlyMemory<byte> Data, string? Url = null, PooledBytes? Pooled = null)
{
    /// <summary>Bytes that it adds to a request, before any encoding.</summary>
    public int Size => Url?.Length ?? Data.Length;

    /// <summary>To be called when the gateway has answered the image: then all of it has been sent.</summary>
    public void Answered() => Pooled?.Return();
}
