namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Where a crop goes, if anywhere.</summary>
internal interface ICropTarget
{
    /// <summary>Says where the crop of an image is written.</summary>
    /// <param name="encoded">The image file.</param>
    /// <param name="crop">Receives uint8 [size, size, 3].</param>
    /// <returns>False when no crop is needed, because the image's features come from elsewhere.</returns>
    bool TryPlace(ReadOnlySpan<byte> encoded, out Memory<byte> crop);
}
