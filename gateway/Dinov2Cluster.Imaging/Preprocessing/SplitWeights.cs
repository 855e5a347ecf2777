using System.Buffers;
using System.Runtime.Intrinsics.X86;

namespace Dinov2Cluster.Imaging.Preprocessing;

/// <summary>
/// An axis's weights in two halves that fit 16 bits, for the instruction that multiplies 16-bit numbers and adds the products in pairs:
/// <c>w = high * 2^LowBits + low</c> exactly, so sums of products are exact too.
/// </summary>
internal sealed class SplitWeights : IDisposable
{
    /// <summary>Taps of a block. The rest of a partial block has weights of zero.</summary>
    public const int BlockTaps = 4;

    /// <summary>Numbers of a block: the lower halves of its weights, then the upper ones.</summary>
    public const int BlockLength = 2 * BlockTaps;

    /// <summary>Bits of a lower half, which is not negative. An upper half then fits weights below 16; those of a bicubic filter barely exceed 1.</summary>
    public const int LowBits = 11;

    private readonly short[] _values;
    private readonly int _length;

    private SplitWeights(int outputs, int blocks)
    {
        Blocks = blocks;
        _length = checked(outputs * blocks * BlockLength);
        _values = ArrayPool<short>.Shared.Rent(_length);
    }

    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Blocks of each output position.</summary>
    public int Blocks { get; }

    /// <summary>Row-major [<see cref="ResampleAxis.Outputs"/>, <see cref="Blocks"/>, <see cref="BlockLength"/>].</summary>
    public ReadOnlySpan<short> Values => _values.AsSpan(0, _length);

    /// <summary>Splits the weights of an axis.</summary>
    /// <returns>Null where the instructions are missing, or a weight is too large.</returns>
    public static SplitWeights? TryCreate(ResampleAxis axis)
    {
        if (!IsSupported || !Fit(axis.Weights))
        {
            return null;
        }

        var split = new SplitWeights(axis.Outputs, (axis.Taps + BlockTaps - 1) / BlockTaps);
        split.Fill(axis);
        return split;
    }

    /// <summary>Whether the upper halves of all weights fit 16 bits.</summary>
    public static bool Fit(ReadOnlySpan<int> weights) => !weights.ContainsAnyExceptInRange(short.MinValue << LowBits, ((short.MaxValue + 1) << LowBits) - 1);

    public void Dispose() => ArrayPool<short>.Shared.Return(_values);

    private void Fill(ResampleAxis axis)
    {
        var values = _values.AsSpan(0, _length);
        values.Clear();
        for (var x = 0; x < axis.Outputs; x++)
        {
            var weights = axis.Weights.Slice(x * axis.Stride, axis.Taps);
            var output = values.Slice(x * Blocks * BlockLength, Blocks * BlockLength);
            for (var tap = 0; tap < weights.Length; tap++)
            {
                var index = (tap / BlockTaps * BlockLength) + (tap % BlockTaps);
                output[index] = (short)(weights[tap] & ((1 << LowBits) - 1));
                output[index + BlockTaps] = (short)(weights[tap] >> LowBits);
            }
        }
    }
}
