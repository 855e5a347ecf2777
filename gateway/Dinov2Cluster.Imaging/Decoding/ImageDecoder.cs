namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Opens an encoded image of any supported format.</summary>
internal static class ImageDecoder
{
    // Decoding also costs time per row and memory per column, which a pixel count alone does not limit: a PNG of 87 KB
    // can have ten million rows of one pixel. Photographs are shorter than this.
    private const int MaxEdge = 1 << 18;

    /// <summary>Reads the header and checks the limits before anything is decoded.</summary>
    /// <param name="encoded">The file. It must stay alive as long as the reader.</param>
    /// <param name="maxPixels">Most pixels the image may have.</param>
    /// <exception cref="ImageException">The image was refused.</exception>
    public static PixelReader Open(ReadOnlyMemory<byte> encoded, long maxPixels)
    {
        var format = FormatSniffer.Sniff(encoded.Span);
        return format switch
        {
            ImageFormat.Gif => GifDecoder.Open(encoded.Span, maxPixels),
            ImageFormat.Bmp => BmpDecoder.Open(encoded, maxPixels),
            ImageFormat.Jpeg or ImageFormat.Png or ImageFormat.WebP or ImageFormat.Tiff => VipsDecoder.Open(encoded.Span, format, maxPixels),
            _ => throw new ImageException(ImageErrorKind.UnsupportedFormat),
        };
    }

    /// <summary>Refuses an image without pixels or with too many.</summary>
    public static void CheckSize(int width, int height, long maxPixels)
    {
        if (width <= 0 || height <= 0)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        if (width > MaxEdge || height > MaxEdge || (long)width * height > maxPixels)
        {
            throw new ImageException(ImageErrorKind.TooManyPixels);
        }
    }
}

/// <summary>Detects a format only by its first bytes: a file that is two formats at once is always the one that it starts as.</summary>
internal static class FormatSniffer
{
    public static ImageFormat Sniff(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageFormat.Png,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageFormat.WebP,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageFormat.Gif,
        [(byte)'B', (byte)'M', ..] => ImageFormat.Bmp,
        // Classic TIFF and BigTIFF, of either byte order.
        [(byte)'I', (byte)'I', (byte)'*' or (byte)'+', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*' or (byte)'+', ..] => ImageFormat.Tiff,
        _ => ImageFormat.Unknown,
    };
}

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
