using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>The content of a GIF file up to the coded pixels of its first frame (GIF89a specification).</summary>
internal readonly ref struct GifHeader(
    ReadOnlySpan<byte> screen, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> palette, byte? transparent, ReadOnlySpan<byte> data)
{
    private const int ScreenDescriptorEnd = 13;
    private const int ImageDescriptorBytes = 9;
    private const int GraphicControlLabel = 0xF9;

    // A frame that leaves the screen makes it larger, as in Pillow.
    public int Width { get; } = Math.Max(ReadUInt16(screen, 6), ReadUInt16(frame, 0) + ReadUInt16(frame, 4));

    public int Height { get; } = Math.Max(ReadUInt16(screen, 8), ReadUInt16(frame, 2) + ReadUInt16(frame, 6));

    public int Left { get; } = ReadUInt16(frame, 0);

    public int Top { get; } = ReadUInt16(frame, 2);

    public int FrameWidth { get; } = ReadUInt16(frame, 4);

    public int FrameHeight { get; } = ReadUInt16(frame, 6);

    public bool Interlaced { get; } = (frame[8] & 0x40) != 0;

    /// <summary>The frame's own palette, else the file's, else none.</summary>
    public ReadOnlySpan<byte> Palette { get; } = palette;

    /// <summary>The index that fills the screen around the frame: the transparent one, else 0.</summary>
    public byte Background { get; } = transparent ?? 0;

    /// <summary>The LZW code size and the data blocks.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    public static GifHeader Parse(ReadOnlySpan<byte> file)
    {
        var reader = new ByteReader(file);
        var screen = reader.Take(ScreenDescriptorEnd);
        var globalPalette = TakePalette(ref reader, screen[10]);
        byte? transparent = null;
        while (true)
        {
            switch (reader.Take())
            {
                case (byte)'!':
                    transparent = ReadExtension(ref reader) ?? transparent;
                    break;
                case (byte)',':
                    var frame = reader.Take(ImageDescriptorBytes);
                    var localPalette = TakePalette(ref reader, frame[8]);
                    return new GifHeader(screen, frame, (frame[8] & 0x80) != 0 ? localPalette : globalPalette, transparent, reader.Rest);
                case (byte)';':
                    throw new ImageException(ImageErrorKind.Corrupt);
                default:
                    // Pillow skips stray bytes between blocks.
                    break;
            }
        }
    }

    private static int ReadUInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static ReadOnlySpan<byte> TakePalette(scoped ref ByteReader reader, byte flags) =>
        (flags & 0x80) != 0 ? reader.Take(3 << ((flags & 7) + 1)) : default;

    /// <returns>The transparent index, if this extension gives one.</returns>
    private static byte? ReadExtension(scoped ref ByteReader reader)
    {
        var label = reader.Take();
        var block = reader.TakeBlock();
        byte? transparent = label == GraphicControlLabel && block.Length >= 4 && (block[0] & 1) != 0 ? block[3] : null;
        while (!block.IsEmpty)
        {
            block = reader.TakeBlock();
        }

        return transparent;
    }
}
