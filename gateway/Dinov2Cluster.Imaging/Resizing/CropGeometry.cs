namespace Dinov2Cluster.Imaging.Resizing;

/// <summary>Where the centre crop lies in the resized image, which itself is never made.</summary>
/// <param name="Width">Width of the resized image in pixels.</param>
/// <param name="Height">Height of the resized image in pixels.</param>
/// <param name="Left">First column of the crop.</param>
/// <param name="Top">First row of the crop.</param>
internal readonly record struct CropGeometry(long Width, long Height, long Left, long Top)
{
    /// <summary>
    /// The checkpoints' <c>preprocessor_config.json</c>: the shorter edge becomes <paramref name="shortestEdge"/>, the longer
    /// <c>int(shortestEdge * long / short)</c>, and the crop is centred, rounding down. 64 bits, because a thin image's long edge grows past 32.
    /// </summary>
    public static CropGeometry Create(int width, int height, int shortestEdge, int cropSize)
    {
        long newWidth = shortestEdge;
        long newHeight = shortestEdge;
        if (width <= height)
        {
            newHeight = (long)((double)((long)shortestEdge * height) / width);
        }
        else
        {
            newWidth = (long)((double)((long)shortestEdge * width) / height);
        }

        return new CropGeometry(newWidth, newHeight, (newWidth - cropSize) / 2, (newHeight - cropSize) / 2);
    }
}
