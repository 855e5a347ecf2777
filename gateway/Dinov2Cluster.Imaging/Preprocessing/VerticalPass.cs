using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dinov2Cluster.Imaging.Preprocessing;

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
