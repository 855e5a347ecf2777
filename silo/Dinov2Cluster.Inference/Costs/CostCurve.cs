namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// How long one model on one device takes for a batch, over the batch's size: a line through the measured sizes, never falling. Immutable; a
/// refined curve replaces it whole, so a reader keeps one picture for as long as it holds the reference.
/// </summary>
public sealed class CostCurve
{
    // Batches closer than this to the best throughput are as good, and the smaller one answers sooner.
    private const double Tolerance = 0.03;

    // A clock too coarse for the batch measures nothing; rates must stay finite.
    internal const double ShortestSeconds = 1e-9;

    private readonly int[] _sizes;
    private readonly double[] _seconds;

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

        _sizes = sizes.ToArray();
        _seconds = seconds.ToArray();
        for (var i = 0; i < _sizes.Length; i++)
        {
            if ((i > 0 && _sizes[i] <= _sizes[i - 1]) || !double.IsFinite(_seconds[i]))
            {
                throw new ArgumentException("The sizes of a cost curve rise, and its times are numbers.", nameof(sizes));
            }

            _seconds[i] = Math.Max(_seconds[i], i == 0 ? ShortestSeconds : _seconds[i - 1]);
        }

        BestBatch = FindBest();
    }

    /// <summary>The largest batch that was measured.</summary>
    public int MaxBatch => _sizes[^1];

    /// <summary>The smallest measured batch whose throughput is within 3 % of the best.</summary>
    public int BestBatch { get; }

    internal ReadOnlySpan<int> Sizes => _sizes;

    /// <summary>Time of a batch, in seconds.</summary>
    /// <param name="batch">Images, 1 to <see cref="MaxBatch"/>.</param>
    public double Seconds(int batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch, MaxBatch);

        var found = Array.BinarySearch(_sizes, batch);
        if (found >= 0)
        {
            return _seconds[found];
        }

        var above = ~found;
        return double.Lerp(_seconds[above - 1], _seconds[above], Position(above, batch));
    }

    /// <summary>Throughput of batches of one size, one after another.</summary>
    /// <param name="batch">Images, 1 to <see cref="MaxBatch"/>.</param>
    public double ImagesPerSecond(int batch) => batch / Seconds(batch);

    /// <summary>How long the device takes for images that wait, in batches of <see cref="BestBatch"/> and a rest.</summary>
    /// <param name="queuedImages">Images; none take no time.</param>
    public TimeSpan PredictDrain(int queuedImages) => TimeSpan.FromSeconds(DrainSeconds(queuedImages));

    internal double DrainSeconds(int queuedImages)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(queuedImages);

        var (full, rest) = Math.DivRem(queuedImages, BestBatch);
        return (full * Seconds(BestBatch)) + (rest > 0 ? Seconds(rest) : 0);
    }

    /// <summary>The measured points on both sides of <paramref name="batch"/>, and how far it lies from the first to the second, 0 to 1.</summary>
    internal (int Below, int Above, double Position) Locate(int batch)
    {
        var found = Array.BinarySearch(_sizes, batch);
        return found >= 0 ? (found, found, 0) : (~found - 1, ~found, Position(~found, batch));
    }

    /// <summary>The curve without the sizes above <paramref name="largest"/>.</summary>
    internal CostCurve UpTo(int largest)
    {
        var count = _sizes.Count(size => size <= largest);
        return new CostCurve(_sizes.AsSpan(0, count), _seconds.AsSpan(0, count));
    }

    private double Position(int above, int batch) => (batch - _sizes[above - 1]) / (double)(_sizes[above] - _sizes[above - 1]);

    private int FindBest()
    {
        var best = _sizes.Max(ImagesPerSecond);
        return _sizes.First(size => ImagesPerSecond(size) >= best * (1 - Tolerance));
    }
}
