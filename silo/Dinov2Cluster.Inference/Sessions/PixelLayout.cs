namespace Dinov2Cluster.Inference.Sessions;

/// <summary>What a graph wants its pixels to be.</summary>
internal enum PixelLayout
{
    /// <summary>uint8 <c>[N, S, S, 3]</c>, as they come: a compiled graph, with the normalisation inside.</summary>
    BytesHwc,

    /// <summary>float32 <c>[N, 3, S, S]</c>, normalised: somebody else's export.</summary>
    NormalizedChw,
}
