using System.Buffers.Binary;

namespace Dinov2Cluster.TestSupport;

/// <summary>Writes BMP files from their definition: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage.</summary>
public static class TestBmp
{
    /// <summary>A file with BITMAPINFOHEADER, or a longer header if <paramref name="headerBytes"/> is larger.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels; negative for the top row first.</param>
    /// <param name="bits">Bits per pixel.</param>
    /// <param name="pixels">The rows, padded, or their run-length code.</param>
    /// <param name="compression">0, 1 (RLE8), 2 (RLE4) or 3 (bit fields).</param>
    /// <param name="palette">Four bytes per color: blue, green, red, 0.</param>
    /// <param name="masks">Red, green, blue and, in longer headers, alpha.</param>
    /// <param name="headerBytes">Length of the header.</param>
    /// <param name="offset">The pixel offset in the file header; null for the true one.</param>
    public static byte[] Write(
        int width,
        int height,
        int bits,
        byte[] pixels,
        int compression = 0,
        byte[]? palette = null,
        uint[]? masks = null,
        int headerBytes = 40,
        int? offset = null)
    {
        var header = new byte[Math.Max(14 + headerBytes, 14 + 40 + (4 * (masks?.Length ?? 0)))];
        var start = header.Length + (palette?.Length ?? 0);
        "BM"u8.CopyTo(header);
        Write(header, 2, start + pixels.Length);
        Write(header, 10, offset ?? start);
        Write(header, 14, headerBytes);
        Write(header, 18, width);
        Write(header, 22, height);
        header[26] = 1;
        header[28] = (byte)bits;
        Write(header, 30, compression);
        Write(header, 34, pixels.Length);
        Write(header, 46, (palette?.Length ?? 0) / 4);
        for (var index = 0; index < masks?.Length; index++)
        {
            Write(header, 54 + (4 * index), (int)masks[index]);
        }

        return [.. header, .. palette ?? [], .. pixels];
    }

    /// <summary>Seeded noise, 24 bits per pixel.</summary>
    public static byte[] Noise(int seed, int width, int height)
    {
        // Each row is padded to four bytes.
        var pixels = new byte[((width * 3) + 3) / 4 * 4 * height];
        new Random(seed).NextBytes(pixels);
        return Write(width, height, bits: 24, pixels);
    }

    /// <summary>16 x 16 pixels of one color, 24 bits each.</summary>
    /// <param name="color">0xRRGGBB.</param>
    public static byte[] OneColor(int color)
    {
        const int Side = 16;
        byte[] pixel = [(byte)color, (byte)(color >> 8), (byte)(color >> 16)];
        return Write(Side, Side, bits: 24, [.. Enumerable.Repeat(pixel, Side * Side).SelectMany(bytes => bytes)]);
    }

    /// <summary>A file with OS/2's BITMAPCOREHEADER, whose palette has three bytes per color.</summary>
    public static byte[] WriteCore(int width, int height, int bits, byte[] palette, byte[] pixels)
    {
        var header = new byte[14 + 12];
        "BM"u8.CopyTo(header);
        Write(header, 10, header.Length + palette.Length);
        header[14] = 12;
        header[18] = (byte)width;
        header[20] = (byte)height;
        header[22] = 1;
        header[24] = (byte)bits;
        return [.. header, .. palette, .. pixels];
    }

    private static void Write(byte[] header, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(offset), value);
}
