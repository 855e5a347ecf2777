namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// Resamples the trained position grid to the grid of the served crop, as PyTorch's bicubic <c>interpolate(align_corners=False)</c> does.
/// It is separable: each axis is a small matrix of weights over the trained positions.
/// </summary>
internal static class PositionInterpolation
{
    // aten/src/ATen/native/UpSample.h: the cubic convolution coefficient without and with antialias (the latter is Pillow's).
    private const double Coefficient = -0.75;
    private const double AntialiasCoefficient = -0.5;

    // The original code adds 0.1 to the target size before it divides, so that rounding can't lose a row, and resamples by that scale.
    private const double LegacyOffset = 0.1;

    /// <summary>Resamples a square grid.</summary>
    /// <param name="source">Row-major [sourceSide, sourceSide, channels].</param>
    /// <param name="sourceSide">Trained positions along one side.</param>
    /// <param name="targetSide">Positions along one side of the crop.</param>
    /// <param name="channels">Values per position.</param>
    /// <param name="mode">How coordinates map and which kernel is used.</param>
    /// <param name="destination">Row-major [targetSide, targetSide, channels].</param>
    public static void Resample(ReadOnlySpan<float> source, int sourceSide, int targetSide, int channels, PositionEmbeddingMode mode, Span<float> destination)
    {
        // Every published implementation returns the trained grid as it is when the sizes agree, even legacy with its 0.1.
        if (sourceSide == targetSide)
        {
            source.CopyTo(destination);
            return;
        }

        var weights = AxisWeights(sourceSide, targetSide, mode);
        var sums = new double[channels];
        for (var row = 0; row < targetSide; row++)
        {
            for (var column = 0; column < targetSide; column++)
            {
                Array.Clear(sums);
                for (var y = 0; y < sourceSide; y++)
                {
                    for (var x = 0; x < sourceSide && weights[row, y] != 0; x++)
                    {
                        var weight = weights[row, y] * weights[column, x];
                        if (weight != 0)
                        {
                            Accumulate(source.Slice(((y * sourceSide) + x) * channels, channels), weight, sums);
                        }
                    }
                }

                var target = destination.Slice(((row * targetSide) + column) * channels, channels);
                for (var channel = 0; channel < channels; channel++)
                {
                    target[channel] = (float)sums[channel];
                }
            }
        }
    }

    /// <summary>Weights of one axis: row i holds the share of each trained position in position i of the target.</summary>
    internal static double[,] AxisWeights(int sourceSide, int targetSide, PositionEmbeddingMode mode) => mode switch
    {
        PositionEmbeddingMode.Legacy => Bicubic(sourceSide, targetSide, sourceSide / (targetSide + LegacyOffset)),
        PositionEmbeddingMode.Size => Bicubic(sourceSide, targetSide, (double)sourceSide / targetSide),
        PositionEmbeddingMode.Antialias => Antialiased(sourceSide, targetSide),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    private static double[,] Bicubic(int sourceSide, int targetSide, double scale)
    {
        var weights = new double[targetSide, sourceSide];
        for (var i = 0; i < targetSide; i++)
        {
            var center = (scale * (i + 0.5)) - 0.5;
            var first = (int)Math.Floor(center) - 1;
            for (var tap = first; tap < first + 4; tap++)
            {
                // Taps beyond the border repeat the border.
                weights[i, Math.Clamp(tap, 0, sourceSide - 1)] += Cubic(tap - center, Coefficient);
            }
        }

        return weights;
    }

    private static double[,] Antialiased(int sourceSide, int targetSide)
    {
        var scale = (double)sourceSide / targetSide;
        var stretch = Math.Max(scale, 1);
        var support = 2 * stretch;
        var weights = new double[targetSide, sourceSide];
        for (var i = 0; i < targetSide; i++)
        {
            var center = scale * (i + 0.5);
            var first = Math.Max((int)(center - support + 0.5), 0);
            var end = Math.Min((int)(center + support + 0.5), sourceSide);
            var total = 0.0;
            for (var tap = first; tap < end; tap++)
            {
                weights[i, tap] = Cubic((tap + 0.5 - center) / stretch, AntialiasCoefficient);
                total += weights[i, tap];
            }

            for (var tap = first; tap < end; tap++)
            {
                weights[i, tap] /= total;
            }
        }

        return weights;
    }

    // Keys' cubic convolution kernel.
    private static double Cubic(double x, double a)
    {
        x = Math.Abs(x);
        return x switch
        {
            <= 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => (((((x - 5) * x) + 8) * x) - 4) * a,
            _ => 0,
        };
    }

    private static void Accumulate(ReadOnlySpan<float> values, double weight, Span<double> sums)
    {
        for (var i = 0; i < values.Length; i++)
        {
            sums[i] += weight * values[i];
        }
    }
}
