using System.Buffers.Binary;

namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>Which bits of a pixel are red, green and blue.</summary>
internal sealed class BmpMasks
{
    // The masks follow BITMAPINFOHEADER, or are its successors' first new fields: the same place.
    private const int Offset = 14 + 40;

    private readonly BmpMask _red;
    private readonly BmpMask _green;
    private readonly BmpMask _blue;

    private BmpMasks(uint red, uint green, uint blue)
    {
        _red = BmpMask.Create(red);
        _green = BmpMask.Create(green);
        _blue = BmpMask.Create(blue);
    }

    public static BmpMasks Read(ReadOnlySpan<byte> file, BmpHeader header)
    {
        if (header.Compression != BmpCompression.BitFields)
        {
            return Default(header.BitsPerPixel);
        }

        if (file.Length < Offset + (3 * sizeof(uint)))
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        var red = BinaryPrimitives.ReadUInt32LittleEndian(file[Offset..]);
        var green = BinaryPrimitives.ReadUInt32LittleEndian(file[(Offset + 4)..]);
        var blue = BinaryPrimitives.ReadUInt32LittleEndian(file[(Offset + 8)..]);
        return (red | green | blue) == 0 ? Default(header.BitsPerPixel) : new BmpMasks(red, green, blue);
    }

    public void ToRgb(uint pixel, Span<byte> rgb)
    {
        rgb[0] = _red.Extract(pixel);
        rgb[1] = _green.Extract(pixel);
        rgb[2] = _blue.Extract(pixel);
    }

    private static BmpMasks Default(int bitsPerPixel) =>
        bitsPerPixel == 16 ? new BmpMasks(0x7C00, 0x03E0, 0x001F) : new BmpMasks(0xFF0000, 0x00FF00, 0x0000FF);
}
