namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Rows of an indexed image that was decoded whole, as run-length and LZW coding require.</summary>
/// <param name="width">Width in pixels.</param>
/// <param name="height">Height in pixels.</param>
/// <param name="indices">One byte per pixel, row-major. The reader disposes it.</param>
/// <param name="palette">The colors of the indices.</param>
/// <param name="bottomUp">The first row of <paramref name="indices"/> is the bottom one.</param>
internal sealed class IndexedPixelReader(int width, int height, PooledBuffer indices, IndexedPalette palette, bool bottomUp = false)
    : PixelReader(width, height)
{
    public override void ReadRow(int y, int left, Span<byte> rgb) =>
        palette.ToRgb(indices.Memory.Span.Slice(((bottomUp ? Height - 1 - y : y) * Width) + left, rgb.Length / 3), rgb);

    public override void Dispose() => indices.Dispose();
}

/// <summary>Colors of an indexed image. Where the file has none, an index is its own gray level, as in Pillow.</summary>
internal sealed class IndexedPalette
{
    private const int Size = 256;
    private readonly byte[] _colors = new byte[Size * 3];

    /// <param name="entries">The file's table.</param>
    /// <param name="entryBytes">Bytes per entry: 3, or 4 with the last unused.</param>
    /// <param name="blueFirst">BMP's order; otherwise red is first.</param>
    public IndexedPalette(ReadOnlySpan<byte> entries, int entryBytes, bool blueFirst)
    {
        for (var index = 0; index < Size; index++)
        {
            var color = _colors.AsSpan(index * 3, 3);
            if ((index + 1) * entryBytes > entries.Length)
            {
                color.Fill((byte)index);
                continue;
            }

            entries.Slice(index * entryBytes, 3).CopyTo(color);
            if (blueFirst)
            {
                color.Reverse();
            }
        }
    }

    /// <summary>Converts a run of indices.</summary>
    public void ToRgb(ReadOnlySpan<byte> indices, Span<byte> rgb)
    {
        for (var pixel = 0; pixel < indices.Length; pixel++)
        {
            _colors.AsSpan(indices[pixel] * 3, 3).CopyTo(rgb[(pixel * 3)..]);
        }
    }
}
