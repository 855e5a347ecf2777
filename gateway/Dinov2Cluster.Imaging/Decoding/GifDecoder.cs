namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>
/// Decodes a GIF's first frame. This is not done by libvips, because it loses the colors of transparent pixels, which Pillow's
/// <c>convert("RGB")</c> shows, and scans every frame of an animation.
/// </summary>
internal static class GifDecoder
{
    public static PixelReader Open(ReadOnlySpan<byte> file, long maxPixels)
    {
        var header = GifHeader.Parse(file);
        ImageDecoder.CheckSize(header.FrameWidth, header.FrameHeight, maxPixels);
        ImageDecoder.CheckSize(header.Width, header.Height, maxPixels);
        using var screen = PooledBuffer.Rent(checked(header.Width * header.Height));
        var indices = screen.Writable.Span;
        indices.Fill(header.Background);
        var frame = new GifFrameWriter(header, indices);
        LzwDecoder.Decode(header.Data, ref frame);
        var palette = new IndexedPalette(header.Palette, entryBytes: 3, blueFirst: false);
        return new IndexedPixelReader(header.Width, header.Height, screen.Detach(), palette);
    }
}

/// <summary>Writes a frame's pixels, in the order of the code, to their places on the screen.</summary>
internal ref struct GifFrameWriter(GifHeader header, Span<byte> screen)
{
    private readonly GifHeader _header = header;
    private readonly Span<byte> _screen = screen;
    private int _x;
    private int _y;

    // Interlaced: rows 0, 8, 16...; 4, 12...; 2, 6...; 1, 3...
    private int _step = header.Interlaced ? 8 : 1;
    private int _nextPass = header.Interlaced ? 4 : 0;

    /// <summary>The frame has all its pixels.</summary>
    public readonly bool IsComplete => _y >= _header.FrameHeight;

    /// <summary>Writes as many of the pixels as the frame has room for.</summary>
    public void Write(scoped ReadOnlySpan<byte> pixels)
    {
        while (!pixels.IsEmpty && !IsComplete)
        {
            var run = Math.Min(pixels.Length, _header.FrameWidth - _x);
            pixels[..run].CopyTo(_screen[(((_header.Top + _y) * _header.Width) + _header.Left + _x)..]);
            pixels = pixels[run..];
            _x += run;
            if (_x == _header.FrameWidth)
            {
                _x = 0;
                NextRow();
            }
        }
    }

    private void NextRow()
    {
        _y += _step;
        while (_y >= _header.FrameHeight && _nextPass > 0)
        {
            _y = _nextPass;
            _step = _nextPass * 2;
            _nextPass /= 2;
        }
    }
}
