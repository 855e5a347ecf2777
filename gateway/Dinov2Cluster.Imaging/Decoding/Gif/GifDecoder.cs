namespace Dinov2Cluster.Imaging.Decoding.Gif;

/// <summary>
/// Decodes a GIF's first frame. libvips composes transparent pixels with nothing and so loses their colors, which Pillow's
/// <c>convert("RGB")</c> shows; it also scans every frame of an animation. Hence a decoder of our own.
/// </summary>
internal static class GifDecoder
{
    public static PixelReader Open(ReadOnlySpan<byte> file, long maxPixels)
    {
        var header = GifHeader.Parse(file);
        ImageDecoder.CheckSize(header.FrameWidth, header.FrameHeight, maxPixels);
        ImageDecoder.CheckSize(header.Width, header.Height, maxPixels);
        var screen = PooledBuffer.Rent(checked(header.Width * header.Height));
        try
        {
            var indices = screen.Writable.Span;
            indices.Fill(header.Background);
            var frame = new GifFrameWriter(header, indices);
            LzwDecoder.Decode(header.Data, ref frame);
            return new IndexedPixelReader(header.Width, header.Height, screen, new IndexedPalette(header.Palette, entryBytes: 3, blueFirst: false));
        }
        catch
        {
            screen.Dispose();
            throw;
        }
    }
}
