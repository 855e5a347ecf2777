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

/// <summary>The second pass of a resize: makes the rows of the crop from those of the first pass.</summary>
internal static class VerticalPass
{
    private const int Block = 16;

    /// <param name="axis">The image's rows.</param>
    /// <param name="rows">Output of the first pass from row <see cref="ResampleAxis.First"/> on: [<see cref="ResampleAxis.Count"/>, <paramref name="stride"/>].</param>
    /// <param name="stride">Bytes from one row to the next.</param>
    /// <param name="crop">Row-major [<see cref="ResampleAxis.Outputs"/>, width].</param>
    public static void Apply(ResampleAxis axis, ReadOnlySpan<byte> rows, int stride, Span<byte> crop)
    {
        var width = crop.Length / axis.Outputs;
        for (var y = 0; y < axis.Outputs; y++)
        {
            var start = axis.Starts[y];
            var taps = Math.Min(axis.Taps, axis.Count - start);
            var weights = axis.Weights.Slice(y * axis.Stride, taps);
            var input = rows.Slice(start * stride, ((taps - 1) * stride) + width);
            var output = crop.Slice(y * width, width);
            if (Vector128.IsHardwareAccelerated && width >= Block)
            {
                ApplyVector(weights, input, stride, output);
            }
            else
            {
                ApplyScalar(weights, input, stride, output);
            }
        }
    }

    /// <summary>The definition, also used on machines without SIMD.</summary>
    public static void ApplyScalar(ReadOnlySpan<int> weights, ReadOnlySpan<byte> input, int stride, Span<byte> output)
    {
        for (var x = 0; x < output.Length; x++)
        {
            var sum = ResampleAxis.Half;
            for (var tap = 0; tap < weights.Length; tap++)
            {
                sum += input[(tap * stride) + x] * weights[tap];
            }

            output[x] = (byte)Math.Clamp(sum >> ResampleAxis.FractionBits, 0, 255);
        }
    }

    /// <summary>Sixteen bytes of a row at a time; the last sixteen may overlap those before, which gives the same result.</summary>
    public static void ApplyVector(ReadOnlySpan<int> weights, ReadOnlySpan<byte> input, int stride, Span<byte> output)
    {
        // The reads below are unchecked; these are their checks.
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, Block);
        ArgumentOutOfRangeException.ThrowIfLessThan(input.Length, ((weights.Length - 1) * stride) + output.Length);

        ref var source = ref MemoryMarshal.GetReference(input);
        ref var target = ref MemoryMarshal.GetReference(output);
        for (var x = 0; x < output.Length; x += Block)
        {
            var offset = Math.Min(x, output.Length - Block);
            var sum0 = Vector256.Create(ResampleAxis.Half);
            var sum1 = sum0;
            for (var tap = 0; tap < weights.Length; tap++)
            {
                var weight = Vector256.Create(weights[tap]);
                var words = Vector256.WidenLower(Vector128.LoadUnsafe(ref source, (nuint)((tap * stride) + offset)).ToVector256Unsafe()).AsInt16();
                sum0 += Vector256.WidenLower(words) * weight;
                sum1 += Vector256.WidenUpper(words) * weight;
            }

            Narrow(sum0, sum1).StoreUnsafe(ref target, (nuint)offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector256<int> lower, Vector256<int> upper)
    {
        // Saturating to int16 and then to uint8 is the clamp to 0..255.
        var words = Vector256.NarrowWithSaturation(lower >> ResampleAxis.FractionBits, upper >> ResampleAxis.FractionBits);
        var bytes = Vector256.Max(words, Vector256<short>.Zero).AsUInt16();
        return Vector128.NarrowWithSaturation(bytes.GetLower(), bytes.GetUpper());
    }
}
