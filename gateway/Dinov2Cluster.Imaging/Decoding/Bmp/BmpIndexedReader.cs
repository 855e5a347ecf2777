namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>Reads uncompressed pixels of 1, 4 or 8 bits; the first pixel of a byte is in its upper bits.</summary>
internal sealed class BmpIndexedReader(BmpHeader header, IndexedPalette palette, BmpRows rows) : PixelReader
{
    public override int Width => header.Width;

    public override int Height => header.Height;

    public override void ReadRow(int y, int left, Span<byte> rgb)
    {
        var row = rows[y];
        var columns = rgb.Length / 3;
        if (header.BitsPerPixel == 8)
        {
            palette.ToRgb(row.Slice(left, columns), rgb);
            return;
        }

        var bits = header.BitsPerPixel;
        var mask = (1 << bits) - 1;
        Span<byte> index = stackalloc byte[1];
        for (var column = 0; column < columns; column++)
        {
            var bit = (long)(left + column) * bits;
            index[0] = (byte)((row[(int)(bit / 8)] >> (8 - bits - (int)(bit % 8))) & mask);
            palette.ToRgb(index, rgb.Slice(column * 3, 3));
        }
    }

    public override void Dispose()
    {
        // The file's memory is the caller's.
    }
}
