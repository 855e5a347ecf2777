namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>What a decoded pixel's first samples mean. Any samples after them are alpha or extra, and dropped.</summary>
internal enum ColorModel
{
    Gray,
    Rgb,
    Cmyk,
}
