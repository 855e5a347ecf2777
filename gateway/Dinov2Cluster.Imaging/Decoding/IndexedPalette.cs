namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Colours of an indexed image. Where the file names none, an index is its own gray level: so Pillow fills its palettes.</summary>
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

    /// <summary>Looks a run of indices up.</summary>
    public void ToRgb(ReadOnlySpan<byte> indices, Span<byte> rgb)
    {
        for (var pixel = 0; pixel < indices.Length; pixel++)
        {
            _colors.AsSpan(indices[pixel] * 3, 3).CopyTo(rgb[(pixel * 3)..]);
        }
    }
}
