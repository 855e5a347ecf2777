namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Decodes BMP's run-length codings of 8 and 4 bits per pixel. Pixels that the file skips have index 0.</summary>
internal static class BmpRunLength
{
    private const int EndOfLine = 0;
    private const int EndOfBitmap = 1;
    private const int Delta = 2;

    public static IndexedPixelReader Open(BmpHeader header, ReadOnlySpan<byte> file)
    {
        var palette = header.ReadPalette(file);
        using var indices = PooledBuffer.Rent(checked(header.Width * header.Height));
        var pixels = indices.Writable.Span;
        pixels.Clear();
        Decode(file[header.PixelOffset..], pixels, header.Width, header.Compression == BmpCompression.RunLength4);
        return new IndexedPixelReader(header.Width, header.Height, indices.Detach(), palette, bottomUp: !header.TopDown);
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
                // A run ends with its row.
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
                    // Pillow requires every pixel.
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
}
