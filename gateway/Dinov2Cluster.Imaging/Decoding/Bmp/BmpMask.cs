using System.Numerics;

namespace Dinov2Cluster.Imaging.Decoding.Bmp;

/// <summary>One color's bits, side by side in a pixel.</summary>
/// <param name="Shift">Position of the lowest.</param>
/// <param name="Largest">The value when all are set.</param>
internal readonly record struct BmpMask(int Shift, uint Largest)
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
        // Eight bits are the rule, and a division takes longer than the rest of the image's decoding.
        return (byte)(Largest == byte.MaxValue ? value : (ulong)value * byte.MaxValue / Largest);
    }
}
