namespace Dinov2Cluster.Imaging.Decoding.Gif;

/// <summary>Puts a frame's pixels, in the order they are coded, in their places on the screen.</summary>
internal ref struct GifFrameWriter
{
    private readonly Span<byte> _screen;
    private readonly int _screenWidth;
    private readonly int _left;
    private readonly int _top;
    private readonly int _width;
    private readonly int _height;
    private int _x;
    private int _y;
    private int _step;
    private int _nextPass;

    public GifFrameWriter(GifHeader header, Span<byte> screen)
    {
        _screen = screen;
        _screenWidth = header.Width;
        _left = header.Left;
        _top = header.Top;
        _width = header.FrameWidth;
        _height = header.FrameHeight;
        // Interlaced: rows 0, 8, 16...; 4, 12...; 2, 6...; 1, 3...
        _step = header.Interlaced ? 8 : 1;
        _nextPass = header.Interlaced ? 4 : 0;
    }

    /// <summary>The frame has all its pixels.</summary>
    public readonly bool IsComplete => _y >= _height;

    /// <summary>Writes as many of the pixels as the frame has room for.</summary>
    public void Write(scoped ReadOnlySpan<byte> pixels)
    {
        while (!pixels.IsEmpty && !IsComplete)
        {
            var run = Math.Min(pixels.Length, _width - _x);
            pixels[..run].CopyTo(_screen[(((_top + _y) * _screenWidth) + _left + _x)..]);
            pixels = pixels[run..];
            _x += run;
            if (_x == _width)
            {
                _x = 0;
                NextRow();
            }
        }
    }

    private void NextRow()
    {
        _y += _step;
        while (_y >= _height && _nextPass > 0)
        {
            _y = _nextPass;
            _step = _nextPass * 2;
            _nextPass /= 2;
        }
    }
}
