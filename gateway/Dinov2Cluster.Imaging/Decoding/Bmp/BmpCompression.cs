namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>The <c>biCompression</c> values that are decoded (Windows' BITMAPINFOHEADER).</summary>
internal enum BmpCompression
{
    Rgb = 0,
    RunLength8 = 1,
    RunLength4 = 2,
    BitFields = 3,
}
