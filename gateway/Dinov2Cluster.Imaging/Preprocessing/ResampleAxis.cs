using System.Buffers;
using System.Runtime.Intrinsics.X86;

namespace Dinov2Cluster.Imaging.Preprocessing;

/// <summary>
/// One axis of a bicubic resize: for each output position of the crop, its input positions and their fixed-point weights.
/// The formulas are those of Pillow's <c>Resample.c</c> for 8-bit images, so results agree to the bit.
/// </summary>
internal sealed class ResampleAxis : IDisposable
{
    /// <summary>Fractional bits of a weight: of 32, 8 are the pixel's and 2 the headroom for weights below 0 and sums above 1 (Pillow's PRECISION_BITS).</summary>
    public const int FractionBits = 32 - 8 - 2;

    /// <summary>The start of a weighted sum, so that dropping the fraction rounds.</summary>
    public const int Half = 1 << (FractionBits - 1);

    // The kernel is zero at this distance and beyond.
    private const double KernelSupport = 2.0;

    private readonly int[] _starts;
    private readonly int[] _weights;

    private ResampleAxis(int stride, int outputs)
    {
        Stride = stride;
        Outputs = outputs;
        _starts = ArrayPool<int>.Shared.Rent(outputs);
        _weights = ArrayPool<int>.Shared.Rent(checked(stride * outputs));
    }

    /// <summary>Most weights of one output position. If it has fewer, the rest are zero.</summary>
    public int Taps { get; private set; }

    /// <summary>Length of a row of <see cref="Weights"/>; at least <see cref="Taps"/>.</summary>
    public int Stride { get; }

    /// <summary>Output positions: the crop's edge.</summary>
    public int Outputs { get; }

    /// <summary>First input position that an output needs.</summary>
    public int First { get; private set; }

    /// <summary>Number of input positions from <see cref="First"/> on that the outputs need.</summary>
    public int Count { get; private set; }

    /// <summary>The first input position of each output position, counted from <see cref="First"/>.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Outputs);

    /// <summary>Row-major [<see cref="Outputs"/>, <see cref="Stride"/>].</summary>
    public ReadOnlySpan<int> Weights => _weights.AsSpan(0, Outputs * Stride);

    /// <param name="inputSize">Pixels along the axis.</param>
    /// <param name="outputSize">Pixels along the axis of the whole resized image.</param>
    /// <param name="cropStart">First output position of the crop.</param>
    /// <param name="cropSize">Number of output positions of the crop.</param>
    public static ResampleAxis Create(int inputSize, long outputSize, long cropStart, int cropSize)
    {
        if (inputSize == outputSize)
        {
            // Pillow skips such a pass. A single weight of one copies the pixel.
            return CreateIdentity((int)cropStart, cropSize);
        }

        var scale = inputSize / (double)outputSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = KernelSupport * filterScale;
        var axis = new ResampleAxis(((int)Math.Ceiling(support) * 2) + 1, cropSize);
        axis.Fill(inputSize, scale, filterScale, support, cropStart);
        return axis;
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<int>.Shared.Return(_weights);
    }

    private static ResampleAxis CreateIdentity(int cropStart, int cropSize)
    {
        var axis = new ResampleAxis(1, cropSize) { Taps = 1, First = cropStart, Count = cropSize };
        for (var output = 0; output < cropSize; output++)
        {
            axis._starts[output] = output;
            axis._weights[output] = 1 << FractionBits;
        }

        return axis;
    }

    private void Fill(int inputSize, double scale, double filterScale, double support, long cropStart)
    {
        var exact = ArrayPool<double>.Shared.Rent(Stride);
        var end = 0;
        for (var output = 0; output < Outputs; output++)
        {
            var center = (cropStart + output + 0.5) * scale;
            var start = Math.Max((int)(center - support + 0.5), 0);
            var stop = Math.Min((int)(center + support + 0.5), inputSize);
            var sum = 0.0;
            for (var input = start; input < stop; input++)
            {
                var weight = Bicubic((input - center + 0.5) * (1.0 / filterScale));
                exact[input - start] = weight;
                sum += weight;
            }

            var weights = _weights.AsSpan(output * Stride, Stride);
            weights.Clear();
            for (var tap = 0; tap < stop - start; tap++)
            {
                weights[tap] = ToFixedPoint(sum != 0.0 ? exact[tap] / sum : exact[tap]);
            }

            _starts[output] = start;
            end = Math.Max(end, stop);
            Taps = Math.Max(Taps, stop - start);
        }

        ArrayPool<double>.Shared.Return(exact);
        First = _starts[0];
        Count = end - First;
        foreach (ref var start in _starts.AsSpan(0, Outputs))
        {
            start -= First;
        }
    }

    // Rounds half away from zero; the cast drops the fraction.
    private static int ToFixedPoint(double weight) => (int)((weight * (1 << FractionBits)) + (weight < 0 ? -0.5 : 0.5));

    // Keys' cubic convolution kernel with a = -0.5, in the form (and so with the rounding) that Pillow evaluates.
    private static double Bicubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x < 1.0 ? ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1
            : x < 2.0 ? (((((x - 5) * x) + 8) * x) - 4) * A
            : 0.0;
    }
}

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
