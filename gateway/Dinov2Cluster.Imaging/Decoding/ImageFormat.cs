namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>The formats that are decoded.</summary>
internal enum ImageFormat
{
    Unknown,
    Jpeg,
    Png,
    WebP,
    Gif,
    Bmp,
    Tiff,
}
