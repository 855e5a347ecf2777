using NetVips;

namespace Dinov2Cluster.Imaging.Decoding.Vips;

/// <summary>Reads rows of a libvips image, a strip of them at a time, on the calling thread.</summary>
internal sealed class VipsPixelReader : PixelReader
{
    // Small enough for the second-level cache, large enough that the call costs nothing.
    private const int StripBytes = 128 * 1024;

    // libvips decodes JPEG and PNG in bands of this many rows; a strip of whole bands reads none twice.
    private const int RowsPerBand = 16;

    private readonly Image _image;
    private readonly Region _region;
    private readonly PixelLayout _layout;
    private nint _strip;
    private int _stripTop;
    private int _stripBottom;

    public VipsPixelReader(Image image, PixelLayout layout)
    {
        _image = image;
        _layout = layout;
        Width = image.Width;
        Height = image.Height;
        _region = Region.New(image);
    }

    public override int Width { get; }

    public override int Height { get; }

    public override unsafe void ReadRow(int y, int left, Span<byte> rgb)
    {
        var columns = rgb.Length / 3;
        var rowBytes = checked(columns * _layout.BytesPerPixel);
        if (y >= _stripBottom)
        {
            var rows = Math.Max(StripBytes / rowBytes / RowsPerBand, 1) * RowsPerBand;
            FetchStrip(y, Math.Min(rows, Height - y), left, columns, rowBytes);
        }

        var row = (byte*)_strip + ((nint)(y - _stripTop) * rowBytes);
        _layout.ToRgb(new ReadOnlySpan<byte>(row, rowBytes), rgb);
    }

    public override void Finish()
    {
        // Asking for the last row makes libvips decode all rows before it.
        if (_stripBottom < Height)
        {
            FetchStrip(Height - 1, 1, 0, 1, _layout.BytesPerPixel);
        }
    }

    public override void Dispose()
    {
        FreeStrip();
        _region.Dispose();
        _image.Dispose();
    }

    private void FetchStrip(int top, int rows, int left, int columns, int rowBytes)
    {
        FreeStrip();
        _strip = VipsLibrary.Fetch(_region, left, top, columns, rows, out var length);
        if (_strip == 0)
        {
            // The exception takes over, and so clears, libvips' error text.
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
