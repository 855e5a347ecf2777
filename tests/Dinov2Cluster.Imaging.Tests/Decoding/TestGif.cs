using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Tests.Decoding;

/// <summary>Writes GIF files of one frame from their definition, with an LZW encoder of its own.</summary>
internal static class TestGif
{
    public static byte[] Write(
        (int Width, int Height) screen,
        (int Left, int Top, int Width, int Height) frame,
        byte[] indices,
        byte[]? globalPalette = null,
        byte[]? localPalette = null,
        byte? transparent = null,
        bool interlaced = false,
        int symbolBits = 8)
    {
        using var file = new MemoryStream();
        file.Write("GIF89a"u8);
        WriteShorts(file, screen.Width, screen.Height);
        file.Write([PaletteFlags(globalPalette), 0, 0]);
        file.Write(globalPalette ?? []);
        // A comment, as programs often write.
        file.Write([(byte)'!', 0xFE, 2, (byte)'h', (byte)'i', 0]);
        if (transparent is { } index)
        {
            file.Write([(byte)'!', 0xF9, 4, 1, 0, 0, index, 0]);
        }

        file.WriteByte((byte)',');
        WriteShorts(file, frame.Left, frame.Top, frame.Width, frame.Height);
        file.WriteByte((byte)(PaletteFlags(localPalette) | (interlaced ? 0x40 : 0)));
        file.Write(localPalette ?? []);
        file.WriteByte((byte)symbolBits);
        foreach (var block in Encode(indices, symbolBits).Chunk(255))
        {
            file.WriteByte((byte)block.Length);
            file.Write(block);
        }

        file.WriteByte(0);
        file.WriteByte((byte)';');
        return file.ToArray();
    }

    /// <summary>LZW with a growing table that is cleared when it is full.</summary>
    private static byte[] Encode(byte[] indices, int symbolBits)
    {
        var output = new List<byte>();
        var (accumulator, count) = (0u, 0);
        var clear = 1 << symbolBits;
        var codeBits = symbolBits + 1;
        var table = new Dictionary<(int Prefix, byte Symbol), int>();
        var next = clear + 2;

        Emit(clear);
        var prefix = -1;
        foreach (var symbol in indices)
        {
            if (prefix < 0)
            {
                prefix = symbol;
                continue;
            }

            if (table.TryGetValue((prefix, symbol), out var longer))
            {
                prefix = longer;
                continue;
            }

            Emit(prefix);
            table[(prefix, symbol)] = next++;
            // The decoder learns each string one code later, so the width grows one code later too.
            if (next - 1 == 1 << codeBits && codeBits < 12)
            {
                codeBits++;
            }

            if (next == 4096)
            {
                Emit(clear);
                table.Clear();
                next = clear + 2;
                codeBits = symbolBits + 1;
            }

            prefix = symbol;
        }

        Emit(prefix);
        if (next == 1 << codeBits && codeBits < 12)
        {
            codeBits++;
        }

        Emit(clear + 1);
        output.Add((byte)accumulator);
        return [.. output];

        void Emit(int code)
        {
            accumulator |= (uint)code << count;
            for (count += codeBits; count >= 8; count -= 8)
            {
                output.Add((byte)accumulator);
                accumulator >>= 8;
            }
        }
    }

    private static byte PaletteFlags(byte[]? palette)
    {
        if (palette is null)
        {
            return 0;
        }

        var size = 0;
        while (3 << (size + 1) < palette.Length)
        {
            size++;
        }

        return (byte)(0x80 | size);
    }

    private static void WriteShorts(MemoryStream file, params ReadOnlySpan<int> values)
    {
        Span<byte> bytes = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
            file.Write(bytes);
        }
    }
}
