namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>Reads uncompressed pixels of 16, 24 or 32 bits.</summary>
internal sealed class BmpDirectReader(BmpHeader header, BmpMasks masks, BmpRows rows) : PixelReader
{
    public override int Width => header.Width;

    public override int Height => header.Height;

    public override void ReadRow(int y, int left, Span<byte> rgb)
    {
        var bytesPerPixel = header.BitsPerPixel / 8;
        var row = rows[y][(left * bytesPerPixel)..];
        for (var to = 0; to < rgb.Length; to += 3)
        {
            uint pixel = 0;
            for (var index = bytesPerPixel - 1; index >= 0; index--)
            {
                pixel = (pixel << 8) | row[index];
            }

            masks.ToRgb(pixel, rgb.Slice(to, 3));
            row = row[bytesPerPixel..];
        }
    }

    public override void Dispose()
    {
        // The file's memory is the caller's.
    }
}
