using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// Widens 16-bit floats to 32 bits in place. The 16-bit values lie in the second half of the span's bytes; each step reads its block before
/// it writes, and writing never passes what is still to be read (block i ends at byte 4i + 4B, the next source starts at 2n + 2i + 2B, and
/// i + B &lt;= n), so no second buffer is needed.
/// </summary>
internal static class HalfPrecision
{
    private const int Block = 16;

    /// <summary>bfloat16 is the upper half of a float32.</summary>
    public static void WidenBFloat16(Span<float> values)
    {
        var source = Source(values);
        var target = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= target.Length - Block; i += Block)
        {
            var (low, high) = Vector256.Widen(Vector256.Create<ushort>(source.Slice(i, Block)));
            (low << 16).CopyTo(target[i..]);
            (high << 16).CopyTo(target[(i + (Block / 2))..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (uint)source[i] << 16;
        }
    }

    /// <summary>IEEE 754 binary16.</summary>
    public static void WidenFloat16(Span<float> values)
    {
        var source = Source(values);
        var target = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= target.Length - Block; i += Block)
        {
            var (low, high) = Vector256.Widen(Vector256.Create<ushort>(source.Slice(i, Block)));
            Widen(low).CopyTo(target[i..]);
            Widen(high).CopyTo(target[(i + (Block / 2))..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = BitConverter.SingleToUInt32Bits((float)BitConverter.UInt16BitsToHalf(source[i]));
        }
    }

    // Exponent and fraction moved to a float32's place are 2^-112 of the value, for subnormals too; infinities and NaNs then get the full exponent.
    private static Vector256<uint> Widen(Vector256<uint> half)
    {
        var magnitude = half & Vector256.Create(0x7FFFu);
        var scaled = ((magnitude << 13).AsSingle() * BitConverter.UInt32BitsToSingle((112u + 127u) << 23)).AsUInt32();
        var special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7C00u)) & Vector256.Create(0x7F800000u);
        return scaled | special | ((half & Vector256.Create(0x8000u)) << 16);
    }

    private static ReadOnlySpan<ushort> Source(Span<float> values) => MemoryMarshal.Cast<float, ushort>(values)[values.Length..];
}
