using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Decoding.Gif;

/// <summary>What a GIF file says up to the coded pixels of its first frame (GIF89a specification).</summary>
internal readonly ref struct GifHeader
{
    private const int ScreenDescriptorEnd = 13;
    private const int ImageDescriptorBytes = 9;
    private const int GraphicControlLabel = 0xF9;

    private GifHeader(ReadOnlySpan<byte> screen, ReadOnlySpan<byte> frame, ReadOnlySpan<byte> palette, byte? transparent, ReadOnlySpan<byte> data)
    {
        Left = BinaryPrimitives.ReadUInt16LittleEndian(frame);
        Top = BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]);
        FrameWidth = BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]);
        FrameHeight = BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]);
        Interlaced = (frame[8] & 0x40) != 0;
        // A frame that leaves the screen makes it larger, as in Pillow.
        Width = Math.Max(BinaryPrimitives.ReadUInt16LittleEndian(screen[6..]), Left + FrameWidth);
        Height = Math.Max(BinaryPrimitives.ReadUInt16LittleEndian(screen[8..]), Top + FrameHeight);
        Palette = palette;
        Background = transparent ?? 0;
        Data = data;
    }

    public int Width { get; }

    public int Height { get; }

    public int Left { get; }

    public int Top { get; }

    public int FrameWidth { get; }

    public int FrameHeight { get; }

    public bool Interlaced { get; }

    /// <summary>The frame's own palette, else the file's, else none.</summary>
    public ReadOnlySpan<byte> Palette { get; }

    /// <summary>The index that fills the screen around the frame: the transparent one, else 0.</summary>
    public byte Background { get; }

    /// <summary>From the LZW code size on.</summary>
    public ReadOnlySpan<byte> Data { get; }

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
                    // Pillow passes over stray bytes between blocks.
                    break;
            }
        }
    }

    private static ReadOnlySpan<byte> TakePalette(scoped ref ByteReader reader, byte flags) =>
        (flags & 0x80) != 0 ? reader.Take(3 << ((flags & 7) + 1)) : default;

    /// <returns>The transparent index, if this is the extension that gives one.</returns>
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
