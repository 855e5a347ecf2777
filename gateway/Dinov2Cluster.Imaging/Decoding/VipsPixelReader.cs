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

/// <summary>The layout of a decoded pixel, and its conversion to 8-bit RGB as Pillow's <c>convert("RGB")</c> does it.</summary>
/// <param name="Model">Meaning of the first samples.</param>
/// <param name="Samples">Samples per pixel.</param>
/// <param name="BytesPerSample">1 or 2. Of 2, in the machine's byte order, the upper 8 bits are kept: Pillow's rule for 16-bit RGB, also
/// used for gray, which Pillow would clip.</param>
internal readonly record struct SampleLayout(ColorModel Model, int Samples, int BytesPerSample)
{
    /// <summary>Bytes from one pixel to the next.</summary>
    public int BytesPerPixel => Samples * BytesPerSample;

    /// <summary>Converts a run of pixels: alpha is dropped, not composited.</summary>
    public void ToRgb(ReadOnlySpan<byte> pixels, Span<byte> rgb)
    {
        if (Model == ColorModel.Rgb && BytesPerPixel == 3)
        {
            pixels.CopyTo(rgb);
            return;
        }

        var sampleStep = BytesPerSample;
        var upperByte = BitConverter.IsLittleEndian ? BytesPerSample - 1 : 0;
        var pixelStep = BytesPerPixel;
        for (int from = upperByte, to = 0; to < rgb.Length; from += pixelStep, to += 3)
        {
            switch (Model)
            {
                case ColorModel.Gray:
                    rgb[to] = rgb[to + 1] = rgb[to + 2] = pixels[from];
                    break;
                case ColorModel.Rgb:
                    rgb[to] = pixels[from];
                    rgb[to + 1] = pixels[from + sampleStep];
                    rgb[to + 2] = pixels[from + (2 * sampleStep)];
                    break;
                default:
                    var white = 255 - pixels[from + (3 * sampleStep)];
                    rgb[to] = Subtract(white, pixels[from]);
                    rgb[to + 1] = Subtract(white, pixels[from + sampleStep]);
                    rgb[to + 2] = Subtract(white, pixels[from + (2 * sampleStep)]);
                    break;
            }
        }
    }

    // nk - ink * nk / 255, with the division rounded as Pillow's MULDIV255 does. Never negative, as ink <= 255.
    private static byte Subtract(int white, int ink)
    {
        var product = (ink * white) + 128;
        return (byte)(white - (((product >> 8) + product) >> 8));
    }
}

/// <summary>The meaning of a decoded pixel's first samples. Samples after them are alpha or extra, and dropped.</summary>
internal enum ColorModel
{
    Gray,
    Rgb,
    Cmyk,
}
