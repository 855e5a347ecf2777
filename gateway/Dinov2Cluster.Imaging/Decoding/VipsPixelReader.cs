using NetVips;

namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Reads rows of a libvips image in strips, on the calling thread. The reader disposes the image.</summary>
internal sealed class VipsPixelReader(Image image, SampleLayout layout) : PixelReader(image.Width, image.Height)
{
    // Small enough for the second-level cache, large enough that the cost of the call does not matter.
    private const int StripBytes = 128 * 1024;

    // libvips decodes JPEG and PNG in bands of this many rows; with strips of whole bands it decodes none twice.
    private const int RowsPerBand = 16;

    private readonly Region _region = Region.New(image);
    private nint _strip;
    private int _stripTop;
    private int _stripBottom;

    public override unsafe void ReadRow(int y, int left, Span<byte> rgb)
    {
        var columns = rgb.Length / 3;
        var rowBytes = checked(columns * layout.BytesPerPixel);
        if (y >= _stripBottom)
        {
            var rows = Math.Max(StripBytes / rowBytes / RowsPerBand, 1) * RowsPerBand;
            FetchStrip(y, Math.Min(rows, Height - y), left, columns, rowBytes);
        }

        var row = (byte*)_strip + ((nint)(y - _stripTop) * rowBytes);
        layout.ToRgb(new ReadOnlySpan<byte>(row, rowBytes), rgb);
    }

    public override void Finish()
    {
        // Asking for the last row makes libvips decode all rows before it.
        if (_stripBottom < Height)
        {
            FetchStrip(Height - 1, 1, 0, 1, layout.BytesPerPixel);
        }
    }

    public override void Dispose()
    {
        FreeStrip();
        _region.Dispose();
        image.Dispose();
    }

    private void FetchStrip(int top, int rows, int left, int columns, int rowBytes)
    {
        FreeStrip();
        _strip = VipsLibrary.Fetch(_region, left, top, columns, rows, out var length);
        if (_strip == 0)
        {
            // The exception takes the error text from libvips and so clears it.
            throw new ImageException(ImageErrorKind.Corrupt, new VipsException("unable to decode rows"));
        }

        if (length != checked((nuint)rowBytes * (nuint)rows))
        {
            throw new InvalidOperationException($"libvips gave {length} bytes for {rows} rows of {rowBytes}.");
        }

        _stripTop = top;
        _stripBottom = top + rows;
    }

    private void FreeStrip()
    {
        NetVips.NetVips.Free(_strip);
        _strip = 0;
    }
}
