using Orleans;

namespace Dinov2Cluster.Primitives;

/// <summary>
/// How long one model on one device takes for a batch, by the batch's size: a line through the measured sizes, never falling. Immutable; a refined
/// curve replaces the whole object, so a reader keeps one consistent curve for as long as it holds the reference.
/// </summary>
[Immutable]
public sealed class CostCurve
{
    /// <summary>Time of a batch that a coarse clock can't measure: rates must stay finite.</summary>
    public const double ShortestSeconds = 1e-9;

    // Batches closer than this to the best throughput are as good, and the smaller one answers sooner.
    private const double Tolerance = 0.03;

    /// <summary>Draws a curve through measured points.</summary>
    /// <param name="sizes">Batch sizes, rising, from 1.</param>
    /// <param name="seconds">Time of a batch of each size. A larger batch that seems faster than a smaller one is taken as equally fast.</param>
    /// <exception cref="ArgumentException">There are no points, they don't match, they don't rise from 1, or a time isn't a number.</exception>
    public CostCurve(ReadOnlySpan<int> sizes, ReadOnlySpan<double> seconds)
    {
        if (sizes.IsEmpty || sizes[0] != 1 || sizes.Length != seconds.Length)
        {
            throw new ArgumentException("A cost curve needs one time for each size, and begins at 1 image.", nameof(sizes));
        }

        MeasuredSizes = sizes.ToArray();
        BatchSeconds = new double[sizes[^1]];
        var (below, shortest) = (0, ShortestSeconds);
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] <= below || !double.IsFinite(seconds[i]))
            {
                throw new ArgumentException("The sizes of a cost curve rise, and its times are numbers.", nameof(sizes));
            }

            var longer = Math.Max(seconds[i], shortest);
            for (var batch = below + 1; batch < sizes[i]; batch++)
            {
                BatchSeconds[batch - 1] = double.Lerp(shortest, longer, (batch - below) / (double)(sizes[i] - below));
            }

            BatchSeconds[sizes[i] - 1] = longer;
            (below, shortest) = (sizes[i], longer);
        }

        BestBatch = FindBest();
    }

    /// <summary>A curve of which every size is known.</summary>
    /// <param name="seconds">Time of batches of 1, 2, 3, ... images; the last one is the best batch.</param>
    public CostCurve(ReadOnlySpan<double> seconds)
        : this(seconds.ToArray(), seconds.Length, [.. Enumerable.Range(1, seconds.Length)])
    {
    }

    internal CostCurve(double[] seconds, int bestBatch, int[] measuredSizes) => (BatchSeconds, BestBatch, MeasuredSizes) = (seconds, bestBatch, measuredSizes);

    /// <summary>The largest batch of the curve.</summary>
    public int MaxBatch => BatchSeconds.Length;

    /// <summary>The smallest measured batch whose throughput is within 3 % of the best.</summary>
    public int BestBatch { get; }

    /// <summary>Throughput of best batches, one after another.</summary>
    public double ImagesPerSecond => BestBatch / BatchSeconds[BestBatch - 1];

    /// <summary>Of batches of 1, 2, 3, ... images: a lookup is one array access.</summary>
    internal double[] BatchSeconds { get; }

    /// <summary>The sizes that were measured, rising; the times of those between them are interpolated.</summary>
    internal int[] MeasuredSizes { get; }

    /// <summary>Time of a batch, in seconds.</summary>
    /// <param name="batch">Images, 1 to <see cref="MaxBatch"/>.</param>
    public double Seconds(int batch) =>
        (uint)(batch - 1) < (uint)BatchSeconds.Length ? BatchSeconds[batch - 1] : throw new ArgumentOutOfRangeException(nameof(batch), batch, message: null);

    /// <summary>How long the device takes for waiting images, in seconds: best batches and a rest.</summary>
    /// <param name="images">Images, 0 or more.</param>
    public double DrainSeconds(int images)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(images);
        var (full, rest) = Math.DivRem(images, BestBatch);
        return (full * BatchSeconds[BestBatch - 1]) + (rest > 0 ? BatchSeconds[rest - 1] : 0);
    }

    /// <summary>The curve without the batches above the best one.</summary>
    public CostCurve UpToBest() => BestBatch == MaxBatch
        ? this
        : new(BatchSeconds[..BestBatch], BestBatch, [.. MeasuredSizes.Where(size => size <= BestBatch)]);

    /// <summary>The curve through the measured sizes below <paramref name="size"/>.</summary>
    /// <param name="size">Images, at least 2.</param>
    public CostCurve Below(int size)
    {
        var sizes = MeasuredSizes.Where(measured => measured < size).ToArray();
        return new(sizes, [.. sizes.Select(Seconds)]);
    }

    private int FindBest()
    {
        var best = 0d;
        foreach (var size in MeasuredSizes)
        {
            best = Math.Max(best, size / BatchSeconds[size - 1]);
        }

        return Array.Find(MeasuredSizes, size => size / BatchSeconds[size - 1] >= best * (1 - Tolerance));
    }
}
