using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Where a crop goes, if anywhere.</summary>
internal interface ICropTarget
{
    /// <summary>Says where the crop of an image is written.</summary>
    /// <param name="source">What the crop is made of.</param>
    /// <param name="kind">What that is; never text.</param>
    /// <param name="crop">Receives uint8 [size, size, 3].</param>
    /// <returns>False when no crop is needed, because the image's features come from elsewhere.</returns>
    bool TryPlace(ReadOnlySpan<byte> source, ImageInputKind kind, out Memory<byte> crop);
}
