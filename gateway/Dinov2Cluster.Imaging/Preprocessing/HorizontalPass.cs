using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dinov2Cluster.Imaging.Preprocessing;

/// <summary>The first pass of a resize: makes each row as wide as the crop.</summary>
internal static class HorizontalPass
{
    /// <summary>Bytes per pixel, of rows and of crops: red, green, blue.</summary>
    public const int Channels = 3;

    /// <summary>Minimum bytes of a row's buffer: every tap of every output can be read, including zero weights and the bytes after a block of taps.</summary>
    public static int RowLength(ResampleAxis axis) => checked((axis.Count + axis.Taps + SplitWeights.BlockTaps) * Channels);

    /// <summary>Minimum bytes of an output row's buffer: a pixel is stored as four bytes, and the next pixel overwrites the last of them.</summary>
    public static int OutputLength(ResampleAxis axis) => (axis.Outputs * Channels) + 1;

    /// <param name="axis">The image's columns.</param>
    /// <param name="split">Their weights in halves, if this machine supports them.</param>
    /// <param name="row">Pixels from column <see cref="ResampleAxis.First"/> on; at least <see cref="RowLength"/> bytes.</param>
    /// <param name="output">At least <see cref="OutputLength"/> bytes.</param>
    public static void Apply(ResampleAxis axis, SplitWeights? split, ReadOnlySpan<byte> row, Span<byte> output)
    {
        if (split is not null)
        {
            ApplyBlocks(axis, split, row, output);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            ApplyVector(axis, row, output);
        }
        else
        {
            ApplyScalar(axis, row, output);
        }
    }

    /// <summary>The definition, also used on machines without SIMD.</summary>
    public static void ApplyScalar(ResampleAxis axis, ReadOnlySpan<byte> row, Span<byte> output)
    {
        for (var x = 0; x < axis.Outputs; x++)
        {
            var weights = axis.Weights.Slice(x * axis.Stride, axis.Taps);
            for (var channel = 0; channel < Channels; channel++)
            {
                var pixel = (axis.Starts[x] * Channels) + channel;
                var sum = ResampleAxis.Half;
                foreach (var weight in weights)
                {
                    sum += row[pixel] * weight;
                    pixel += Channels;
                }

                output[(x * Channels) + channel] = (byte)Math.Clamp(sum >> ResampleAxis.FractionBits, 0, 255);
            }
        }
    }

    /// <summary>One pixel per register: its three channels are summed in parallel, the fourth lane is ignored.</summary>
    public static void ApplyVector(ResampleAxis axis, ReadOnlySpan<byte> row, Span<byte> output)
    {
        // The reads below are unchecked; these are their checks.
        ArgumentOutOfRangeException.ThrowIfLessThan(row.Length, RowLength(axis));
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, OutputLength(axis));

        var starts = axis.Starts;
        ref var pixels = ref MemoryMarshal.GetReference(row);
        ref var weights = ref MemoryMarshal.GetReference(axis.Weights);
        ref var target = ref MemoryMarshal.GetReference(output);
        var taps = axis.Taps;
        for (var x = 0; x < starts.Length; x++)
        {
            ref var pixel = ref Unsafe.Add(ref pixels, starts[x] * Channels);
            ref var weight = ref Unsafe.Add(ref weights, x * axis.Stride);
            var even = Vector128.Create(ResampleAxis.Half);
            var odd = Vector128<int>.Zero;
            var tap = 0;
            for (; tap + 2 <= taps; tap += 2)
            {
                even += Load(ref Unsafe.Add(ref pixel, tap * Channels)) * Vector128.Create(Unsafe.Add(ref weight, tap));
                odd += Load(ref Unsafe.Add(ref pixel, (tap + 1) * Channels)) * Vector128.Create(Unsafe.Add(ref weight, tap + 1));
            }

            if (tap < taps)
            {
                even += Load(ref Unsafe.Add(ref pixel, tap * Channels)) * Vector128.Create(Unsafe.Add(ref weight, tap));
            }

            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, x * Channels), Narrow(even + odd));
        }
    }

    /// <summary>
    /// Four pixels at a time, two in each half of a register, as interleaved 16-bit numbers (red of one, red of the next, green of one...):
    /// products are summed within the halves first, then across them.
    /// </summary>
    public static unsafe void ApplyBlocks(ResampleAxis axis, SplitWeights split, ReadOnlySpan<byte> row, Span<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(row.Length, RowLength(axis));
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, OutputLength(axis));
        ArgumentOutOfRangeException.ThrowIfNotEqual(split.Values.Length, axis.Outputs * split.Blocks * SplitWeights.BlockLength);

        const byte Zero = 0xFF;
        var pairs = Vector256.Create(
            0, Zero, 3, Zero, 1, Zero, 4, Zero, 2, Zero, 5, Zero, Zero, Zero, Zero, Zero,
            6, Zero, 9, Zero, 7, Zero, 10, Zero, 8, Zero, 11, Zero, Zero, Zero, Zero, Zero);
        var lower = Vector256.Create(Vector128.Create(0x03020100), Vector128.Create(0x07060504)).AsByte();
        var upper = Vector256.Create(Vector128.Create(0x0B0A0908), Vector128.Create(0x0F0E0D0C)).AsByte();
        var starts = axis.Starts;
        var blocks = split.Blocks;
        fixed (byte* pixels = row, target = output)
        fixed (short* weights = split.Values)
        {
            var block = (byte*)weights;
            for (var x = 0; x < starts.Length; x++)
            {
                var pixel = pixels + (starts[x] * Channels);
                var low = Vector256<int>.Zero;
                var high = Vector256<int>.Zero;
                for (var i = 0; i < blocks; i++)
                {
                    var values = Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(pixel), pairs).AsInt16();
                    var halves = Avx2.BroadcastVector128ToVector256(block);
                    low += Avx2.MultiplyAddAdjacent(values, Avx2.Shuffle(halves, lower).AsInt16());
                    high += Avx2.MultiplyAddAdjacent(values, Avx2.Shuffle(halves, upper).AsInt16());
                    pixel += SplitWeights.BlockTaps * Channels;
                    block += SplitWeights.BlockLength * sizeof(short);
                }

                var sum = low + (high << SplitWeights.LowBits);
                Unsafe.WriteUnaligned(target + (x * Channels), Narrow(sum.GetLower() + sum.GetUpper() + Vector128.Create(ResampleAxis.Half)));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Load(ref byte pixel)
    {
        var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref pixel)).AsByte();
        return Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Narrow(Vector128<int> sum)
    {
        // Saturating to int16 and then to uint8 is the clamp to 0..255.
        var words = Vector128.NarrowWithSaturation(sum >> ResampleAxis.FractionBits, Vector128<int>.Zero);
        return Vector128.NarrowWithSaturation(Vector128.Max(words, Vector128<short>.Zero).AsUInt16(), Vector128<ushort>.Zero).AsUInt32().ToScalar();
    }
}
