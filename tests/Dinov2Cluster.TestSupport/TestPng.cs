using System.Buffers.Binary;
using System.IO.Compression;

namespace Dinov2Cluster.TestSupport;

/// <summary>Writes PNG files from their definition.</summary>
public static class TestPng
{
    /// <summary>Color type: gray.</summary>
    public const byte Gray = 0;
    /// <summary>Color type: red, green, blue.</summary>
    public const byte Rgb = 2;
    /// <summary>Color type: gray with alpha.</summary>
    public const byte GrayAlpha = 4;
    /// <summary>Color type: red, green, blue with alpha.</summary>
    public const byte RgbAlpha = 6;

    /// <summary>A file with unfiltered rows.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="depth">Bits per sample.</param>
    /// <param name="colorType">PNG's color type.</param>
    /// <param name="rows">Unfiltered bytes of the rows, one after the other.</param>
    public static byte[] Write(int width, int height, byte depth, byte colorType, byte[] rows)
    {
        var rowBytes = rows.Length / height;
        using var pixels = new MemoryStream();
        using (var zlib = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                // Filter type 0: none.
                zlib.WriteByte(0);
                zlib.Write(rows, y * rowBytes, rowBytes);
            }
        }

        return WriteChunks(width, height, depth, colorType, pixels.ToArray());
    }

    /// <summary>A file with any compressed data.</summary>
    public static byte[] WriteChunks(int width, int height, byte depth, byte colorType, byte[] compressed)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = colorType;
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, compressed);
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] body = [.. type, .. data];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32(body));
        file.Write(number);
    }

    // PNG specification, annex D: polynomial 0xEDB88320, reflected.
    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
