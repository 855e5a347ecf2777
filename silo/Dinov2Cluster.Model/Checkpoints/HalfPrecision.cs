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

    /// <summary>Widens bfloat16, the upper half of a float32, or IEEE 754 binary16.</summary>
    public static void Widen(Span<float> values, bool isBFloat16)
    {
        ReadOnlySpan<ushort> source = MemoryMarshal.Cast<float, ushort>(values)[values.Length..];
        var target = MemoryMarshal.Cast<float, uint>(values);
        var i = 0;
        for (; i <= target.Length - Block; i += Block)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(source.Slice(i, Block)));
            Widen(low, isBFloat16).CopyTo(target[i..]);
            Widen(high, isBFloat16).CopyTo(target[(i + (Block / 2))..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = Widen(Vector256.Create((uint)source[i]), isBFloat16)[0];
        }
    }

    private static Vector256<uint> Widen(Vector256<uint> half, bool isBFloat16)
    {
        if (isBFloat16)
        {
            return half << 16;
        }

        // Exponent and fraction moved to a float32's place are 2^-112 of the value, for subnormals too; infinities and NaNs then get the full exponent.
        var magnitude = half & Vector256.Create(0x7FFFu);
        var scaled = ((magnitude << 13).AsSingle() * BitConverter.UInt32BitsToSingle((112u + 127u) << 23)).AsUInt32();
        var special = Vector256.GreaterThanOrEqual(magnitude, Vector256.Create(0x7C00u)) & Vector256.Create(0x7F800000u);
        return scaled | special | ((half & Vector256.Create(0x8000u)) << 16);
    }
}
