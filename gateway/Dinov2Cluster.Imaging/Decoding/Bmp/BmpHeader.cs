using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>What the headers of a BMP file say: the file header, then OS/2's core header or one of Windows' five.</summary>
internal sealed record BmpHeader
{
    private const int FileHeaderBytes = 14;
    private const int CoreHeaderBytes = 12;
    private const int InfoHeaderBytes = 40;
    private const int MaxColors = 65536;

    public required int Width { get; init; }

    public required int Height { get; init; }

    /// <summary>The first row in the file is the image's top row; usually it is the bottom one.</summary>
    public required bool TopDown { get; init; }

    public required int BitsPerPixel { get; init; }

    public required BmpCompression Compression { get; init; }

    /// <summary>Where the pixels begin in the file.</summary>
    public required int PixelOffset { get; init; }

    /// <summary>Where the color table begins in the file, if there is one.</summary>
    public required int PaletteOffset { get; init; }

    public required int PaletteEntryBytes { get; init; }

    public required int PaletteColors { get; init; }

    public static BmpHeader Parse(ReadOnlySpan<byte> file)
    {
        var headerBytes = ReadUInt32(file, FileHeaderBytes);
        var isCore = headerBytes == CoreHeaderBytes;
        if (!isCore && headerBytes is not (InfoHeaderBytes or 52 or 56 or 64 or 108 or 124))
        {
            throw new ImageException(ImageErrorKind.UnsupportedFormat);
        }

        var paletteOffset = FileHeaderBytes + (int)headerBytes;
        if (file.Length < paletteOffset)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        var header = file[FileHeaderBytes..];
        var width = isCore ? BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) : BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var signedHeight = isCore ? BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) : BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (width <= 0 || signedHeight is 0 or int.MinValue)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        var bits = BinaryPrimitives.ReadUInt16LittleEndian(header[(isCore ? 10 : 14)..]);
        var compression = isCore ? BmpCompression.Rgb : (BmpCompression)BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        var colors = isCore ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(header[32..]);
        if (!IsSupported(bits, compression) || (bits <= 8 && colors > MaxColors))
        {
            throw new ImageException(ImageErrorKind.UnsupportedFormat);
        }

        var paletteColors = bits > 8 ? 0 : colors == 0 ? 1 << bits : (int)colors;
        var entryBytes = isCore ? 3 : 4;
        return new BmpHeader
        {
            Width = width,
            Height = Math.Abs(signedHeight),
            TopDown = signedHeight < 0,
            BitsPerPixel = bits,
            Compression = compression,
            PaletteOffset = paletteOffset,
            PaletteEntryBytes = entryBytes,
            PaletteColors = paletteColors,
            PixelOffset = FindPixels(file, paletteOffset, paletteColors, entryBytes),
        };
    }

    private static bool IsSupported(int bits, BmpCompression compression) => compression switch
    {
        BmpCompression.Rgb => bits is 1 or 4 or 8 or 16 or 24 or 32,
        BmpCompression.RunLength8 => bits == 8,
        BmpCompression.RunLength4 => bits == 4,
        BmpCompression.BitFields => bits is 16 or 24 or 32,
        _ => false,
    };

    private static int FindPixels(ReadOnlySpan<byte> file, int paletteOffset, int paletteColors, int entryBytes)
    {
        long offset = ReadUInt32(file, 10);
        // Some writers give no offset, others that of the color table; Pillow reads both as "right after the table".
        if (offset == 0 || (offset == paletteOffset && paletteColors > 0))
        {
            offset = paletteOffset + ((long)paletteColors * entryBytes);
        }

        return offset <= file.Length ? (int)offset : throw new ImageException(ImageErrorKind.Corrupt);
    }

    private static uint ReadUInt32(ReadOnlySpan<byte> file, int offset) =>
        file.Length >= offset + sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(file[offset..])
            : throw new ImageException(ImageErrorKind.Corrupt);
}
