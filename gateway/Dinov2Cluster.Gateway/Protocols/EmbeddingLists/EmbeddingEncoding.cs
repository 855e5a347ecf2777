namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>How an embedding is written.</summary>
internal enum EmbeddingEncoding
{
    /// <summary>A list of numbers.</summary>
    Float,

    /// <summary>A string: base64 of little-endian float32.</summary>
    Base64,
}
