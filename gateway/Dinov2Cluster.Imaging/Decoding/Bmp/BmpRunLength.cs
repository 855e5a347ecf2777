namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>BMP's run-length codings of 8 and 4 bits per pixel. Pixels that the file skips have index 0.</summary>
internal static class BmpRunLength
{
    private const int EndOfLine = 0;
    private const int EndOfBitmap = 1;
    private const int Delta = 2;

    /// <returns>One index per pixel, row-major, top row first.</returns>
    public static PooledBuffer Decode(BmpHeader header, ReadOnlySpan<byte> data)
    {
        var indices = PooledBuffer.Rent(checked(header.Width * header.Height));
        try
        {
            var pixels = indices.Writable.Span;
            pixels.Clear();
            Decode(data, pixels, header.Width, header.Compression == BmpCompression.RunLength4);
            if (!header.TopDown)
            {
                Flip(pixels, header.Width);
            }

            return indices;
        }
        catch
        {
            indices.Dispose();
            throw;
        }
    }

    private static void Decode(ReadOnlySpan<byte> data, Span<byte> pixels, int width, bool nibbles)
    {
        var reader = new ByteReader(data);
        long position = 0;
        long x = 0;
        while (position < pixels.Length)
        {
            var count = reader.Take();
            var value = reader.Take();
            if (count > 0)
            {
                // A run does not go past the end of its row.
                var run = (int)Math.Clamp(width - x, 0, count);
                Repeat(value, nibbles, pixels.Slice((int)position, (int)Math.Min(run, pixels.Length - position)));
                position += run;
                x += run;
                continue;
            }

            switch (value)
            {
                case EndOfLine:
                    position = (position + width - 1) / width * width;
                    x = 0;
                    break;
                case EndOfBitmap:
                    // Pillow wants every pixel to be there.
                    throw new ImageException(ImageErrorKind.Corrupt);
                case Delta:
                    var step = reader.Take(2);
                    position += step[0] + ((long)step[1] * width);
                    x = position % width;
                    break;
                default:
                    var bytes = nibbles ? (value + 1) / 2 : value;
                    Copy(reader.Take(bytes), nibbles, pixels.Slice((int)position, (int)Math.Min(value, pixels.Length - position)));
                    position += value;
                    x += value;
                    // Literal runs are padded to 16 bits; the last one's padding may be missing.
                    reader.Take(Math.Min(bytes & 1, reader.Rest.Length));
                    break;
            }
        }
    }

    private static void Repeat(byte value, bool nibbles, Span<byte> pixels)
    {
        for (var index = 0; index < pixels.Length; index++)
        {
            pixels[index] = nibbles ? Nibble(value, index) : value;
        }
    }

    private static void Copy(ReadOnlySpan<byte> bytes, bool nibbles, Span<byte> pixels)
    {
        for (var index = 0; index < pixels.Length; index++)
        {
            pixels[index] = nibbles ? Nibble(bytes[index / 2], index) : bytes[index];
        }
    }

    private static byte Nibble(byte value, int index) => (byte)(index % 2 == 0 ? value >> 4 : value & 0x0F);

    private static void Flip(Span<byte> pixels, int width)
    {
        using var spare = PooledBuffer.Rent(width);
        var row = spare.Writable.Span;
        for (int top = 0, bottom = pixels.Length - width; top < bottom; top += width, bottom -= width)
        {
            pixels.Slice(top, width).CopyTo(row);
            pixels.Slice(bottom, width).CopyTo(pixels[top..]);
            row.CopyTo(pixels[bottom..]);
        }
    }
}
