namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Opens BMP files, which libvips reads only through ImageMagick. Accepts and reads them as Pillow's <c>BmpImagePlugin</c> does.</summary>
internal static class BmpDecoder
{
    public static PixelReader Open(ReadOnlyMemory<byte> file, long maxPixels)
    {
        var header = BmpHeader.Parse(file.Span);
        ImageDecoder.CheckSize(header.Width, header.Height, maxPixels);
        return header.Compression is BmpCompression.RunLength8 or BmpCompression.RunLength4
            ? BmpRunLength.Open(header, file.Span)
            : new BmpPixelReader(header, file);
    }
}
