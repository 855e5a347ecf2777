using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>The content of a BMP file's headers: the file header, then OS/2's core header or one of Windows' five.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="TopDown">The first row in the file is the image's top row; usually it is the bottom one.</param>
/// <param name="BitsPerPixel">1, 4, 8, 16, 24 or 32.</param>
/// <param name="Compression">The coding of the pixels.</param>
/// <param name="PixelOffset">Where the pixels begin in the file.</param>
/// <param name="PaletteOffset">Where the color table begins in the file, if there is one.</param>
/// <param name="PaletteColors">Colors of the table.</param>
/// <param name="PaletteEntryBytes">Bytes per color.</param>
internal sealed record BmpHeader(
    int Width,
    int Height,
    bool TopDown,
    int BitsPerPixel,
    BmpCompression Compression,
    int PixelOffset,
    int PaletteOffset,
    int PaletteColors,
    int PaletteEntryBytes)
{
    private const int FileHeaderBytes = 14;
    private const int CoreHeaderBytes = 12;
    private const int InfoHeaderBytes = 40;
    private const int MaxColors = 65536;

    /// <summary>Whether pixels are indices into a palette.</summary>
    public bool IsIndexed => BitsPerPixel <= 8;

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
        long pixelOffset = ReadUInt32(file, 10);
        // Some writers give no offset, others that of the color table; Pillow reads both as "right after the table".
        if (pixelOffset == 0 || (pixelOffset == paletteOffset && paletteColors > 0))
        {
            pixelOffset = paletteOffset + ((long)paletteColors * entryBytes);
        }

        return pixelOffset <= file.Length
            ? new(width, Math.Abs(signedHeight), signedHeight < 0, bits, compression, (int)pixelOffset, paletteOffset, paletteColors, entryBytes)
            : throw new ImageException(ImageErrorKind.Corrupt);
    }

    public IndexedPalette ReadPalette(ReadOnlySpan<byte> file)
    {
        var length = PaletteColors * PaletteEntryBytes;
        return file.Length - PaletteOffset >= length
            ? new IndexedPalette(file.Slice(PaletteOffset, length), PaletteEntryBytes, blueFirst: true)
            : throw new ImageException(ImageErrorKind.Corrupt);
    }

    private static bool IsSupported(int bits, BmpCompression compression) => compression switch
    {
        BmpCompression.Rgb => bits is 1 or 4 or 8 or 16 or 24 or 32,
        BmpCompression.RunLength8 => bits == 8,
        BmpCompression.RunLength4 => bits == 4,
        BmpCompression.BitFields => bits is 16 or 24 or 32,
        _ => false,
    };

    private static uint ReadUInt32(ReadOnlySpan<byte> file, int offset) =>
        file.Length >= offset + sizeof(uint)
            ? BinaryPrimitives.ReadUInt32LittleEndian(file[offset..])
            : throw new ImageException(ImageErrorKind.Corrupt);
}

/// <summary>The <c>biCompression</c> values that are decoded (Windows' BITMAPINFOHEADER).</summary>
internal enum BmpCompression
{
    Rgb = 0,
    RunLength8 = 1,
    RunLength4 = 2,
    BitFields = 3,
}
