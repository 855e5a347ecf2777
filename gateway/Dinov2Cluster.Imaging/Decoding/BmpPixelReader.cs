namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Reads uncompressed pixels from the file's memory, which the caller owns.</summary>
internal sealed class BmpPixelReader : PixelReader
{
    private readonly BmpHeader _header;
    private readonly BmpMasks _masks;
    private readonly IndexedPalette? _palette;
    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly long _stride;
    private readonly int _rowBytes;

    public BmpPixelReader(BmpHeader header, ReadOnlyMemory<byte> file)
        : base(header.Width, header.Height)
    {
        _header = header;
        _masks = BmpMasks.Read(file.Span, header);
        _palette = header.IsIndexed ? header.ReadPalette(file.Span) : null;
        _pixels = file[header.PixelOffset..];
        // Each row is padded to four bytes.
        var bits = (long)Width * header.BitsPerPixel;
        _stride = (bits + 31) / 32 * 4;
        _rowBytes = checked((int)((bits + 7) / 8));
        // All rows must be in the file, so that no later read passes its end. The last row's padding is often missing.
        if ((_stride * (Height - 1)) + _rowBytes > _pixels.Length)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }
    }

    public override void ReadRow(int y, int left, Span<byte> rgb)
    {
        var row = _pixels.Span.Slice((int)((_header.TopDown ? y : Height - 1 - y) * _stride), _rowBytes);
        if (_palette is null)
        {
            ReadDirect(row[(left * (_header.BitsPerPixel / 8))..], rgb);
        }
        else if (_header.BitsPerPixel == 8)
        {
            _palette.ToRgb(row.Slice(left, rgb.Length / 3), rgb);
        }
        else
        {
            ReadPacked(row, left, _palette, rgb);
        }
    }

    public override void Dispose()
    {
    }

    private void ReadDirect(ReadOnlySpan<byte> row, Span<byte> rgb)
    {
        var bytesPerPixel = _header.BitsPerPixel / 8;
        for (var to = 0; to < rgb.Length; to += 3)
        {
            uint pixel = 0;
            for (var index = bytesPerPixel - 1; index >= 0; index--)
            {
                pixel = (pixel << 8) | row[index];
            }

            _masks.ToRgb(pixel, rgb.Slice(to, 3));
            row = row[bytesPerPixel..];
        }
    }

    // One or four bits per pixel; the first pixel of a byte is in its upper bits.
    private void ReadPacked(ReadOnlySpan<byte> row, int left, IndexedPalette palette, Span<byte> rgb)
    {
        var bits = _header.BitsPerPixel;
        var mask = (1 << bits) - 1;
        for (var column = 0; column < rgb.Length / 3; column++)
        {
            var bit = (long)(left + column) * bits;
            var index = (byte)((row[(int)(bit / 8)] >> (8 - bits - (int)(bit % 8))) & mask);
            palette.ToRgb([index], rgb.Slice(column * 3, 3));
        }
    }
}
