using System.Buffers.Binary;
using System.Numerics;

namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>The bits of a pixel that are red, green and blue.</summary>
internal sealed class BmpMasks(uint red, uint green, uint blue)
{
    // The masks follow BITMAPINFOHEADER, or are the first new fields of its successors: the same place.
    private const int Offset = 14 + 40;

    private readonly BmpMask _red = BmpMask.Create(red);
    private readonly BmpMask _green = BmpMask.Create(green);
    private readonly BmpMask _blue = BmpMask.Create(blue);

    public static BmpMasks Read(ReadOnlySpan<byte> file, BmpHeader header)
    {
        if (header.Compression == BmpCompression.BitFields)
        {
            if (file.Length < Offset + (3 * sizeof(uint)))
            {
                throw new ImageException(ImageErrorKind.Corrupt);
            }

            var red = BinaryPrimitives.ReadUInt32LittleEndian(file[Offset..]);
            var green = BinaryPrimitives.ReadUInt32LittleEndian(file[(Offset + 4)..]);
            var blue = BinaryPrimitives.ReadUInt32LittleEndian(file[(Offset + 8)..]);
            if ((red | green | blue) != 0)
            {
                return new BmpMasks(red, green, blue);
            }
        }

        return header.BitsPerPixel == 16 ? new BmpMasks(0x7C00, 0x03E0, 0x001F) : new BmpMasks(0xFF0000, 0x00FF00, 0x0000FF);
    }

    public void ToRgb(uint pixel, Span<byte> rgb)
    {
        rgb[0] = _red.Extract(pixel);
        rgb[1] = _green.Extract(pixel);
        rgb[2] = _blue.Extract(pixel);
    }

    /// <summary>One color's adjacent bits in a pixel.</summary>
    /// <param name="Shift">Position of the lowest bit.</param>
    /// <param name="Largest">The value when all bits are set.</param>
    private readonly record struct BmpMask(int Shift, uint Largest)
    {
        public static BmpMask Create(uint mask)
        {
            var shift = BitOperations.TrailingZeroCount(mask);
            var largest = mask == 0 ? 0 : mask >> shift;
            return largest != 0 && BitOperations.IsPow2((ulong)largest + 1)
                ? new BmpMask(shift, largest)
                : throw new ImageException(ImageErrorKind.UnsupportedFormat);
        }

        /// <summary>Scales to 0..255, rounding down as Pillow does.</summary>
        public byte Extract(uint pixel)
        {
            var value = (pixel >> Shift) & Largest;
            // Eight bits are the usual case, and a division takes longer than the rest of the image's decoding.
            return (byte)(Largest == byte.MaxValue ? value : (ulong)value * byte.MaxValue / Largest);
        }
    }
}
