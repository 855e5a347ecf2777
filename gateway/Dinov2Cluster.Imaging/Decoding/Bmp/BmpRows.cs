namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>Finds the rows of uncompressed pixels in a BMP file, where each is padded to four bytes.</summary>
internal sealed class BmpRows
{
    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly BmpHeader _header;
    private readonly long _stride;
    private readonly int _rowBytes;

    private BmpRows(BmpHeader header, ReadOnlyMemory<byte> pixels)
    {
        _header = header;
        _pixels = pixels;
        var bits = (long)header.Width * header.BitsPerPixel;
        _stride = (bits + 31) / 32 * 4;
        _rowBytes = checked((int)((bits + 7) / 8));
    }

    /// <summary>Checks that the file holds every row, so that no read after this can pass its end.</summary>
    public static BmpRows Create(BmpHeader header, ReadOnlyMemory<byte> file)
    {
        var rows = new BmpRows(header, file[header.PixelOffset..]);
        // The last row's padding is often missing.
        if ((rows._stride * (header.Height - 1)) + rows._rowBytes > rows._pixels.Length)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        return rows;
    }

    /// <summary>The bytes of a row, counted from the top of the image.</summary>
    public ReadOnlySpan<byte> this[int y]
    {
        get
        {
            var row = _header.TopDown ? y : _header.Height - 1 - y;
            return _pixels.Span.Slice((int)(row * _stride), _rowBytes);
        }
    }
}
