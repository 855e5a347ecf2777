namespace Dinov2Cluster.Client.Sources;

/// <summary>An open image, which can be sent repeatedly.</summary>
/// <param name="Kind">What is sent.</param>
/// <param name="Data">The file or the pixels.</param>
/// <param name="Url">The URL.</param>
/// <param name="Pooled">Owns <paramref name="Data"/> when the client has read it.</param>
internal sealed record ImagePayload(ImageKind Kind, ReadOnlyMemory<byte> Data, string? Url = null, PooledBytes? Pooled = null)
{
    /// <summary>Bytes that it adds to a request, before any encoding.</summary>
    public int Size => Url?.Length ?? Data.Length;

    /// <summary>Frees the memory. To be called when the image is answered: then all of it was sent.</summary>
    public void Answered() => Pooled?.Return();
}

/// <summary>What is sent of an image.</summary>
internal enum ImageKind
{
    /// <summary>An image file.</summary>
    Encoded,

    /// <summary>A URL that the gateway fetches.</summary>
    Url,

    /// <summary>Preprocessed pixels.</summary>
    Crop,
}
