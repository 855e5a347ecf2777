namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Tells a format by its first bytes and nothing else: a file that is two formats at once is only ever the one it starts as.</summary>
internal static class FormatSniffer
{
    public static ImageFormat Sniff(ReadOnlySpan<byte> encoded)
    {
        if (encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return ImageFormat.Jpeg;
        }

        if (encoded.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return ImageFormat.Png;
        }

        if (encoded.Length >= 12 && encoded.StartsWith("RIFF"u8) && encoded[8..].StartsWith("WEBP"u8))
        {
            return ImageFormat.WebP;
        }

        if (encoded.StartsWith("GIF87a"u8) || encoded.StartsWith("GIF89a"u8))
        {
            return ImageFormat.Gif;
        }

        if (encoded.StartsWith("BM"u8))
        {
            return ImageFormat.Bmp;
        }

        // Classic TIFF and BigTIFF, of either byte order.
        return encoded.StartsWith("II*\0"u8) || encoded.StartsWith("MM\0*"u8) || encoded.StartsWith("II+\0"u8) || encoded.StartsWith("MM\0+"u8)
            ? ImageFormat.Tiff
            : ImageFormat.Unknown;
    }
}
