namespace Dinov2Cluster.Cli.Bench;

/// <summary>
/// Counts durations in buckets that grow by 1 %, from a microsecond to about ten minutes: quantiles are exact to 1 %, and its size doesn't depend on
/// the number of durations. Thread-safe.
/// </summary>
/// <remarks>The idea, with other buckets, is that of HdrHistogram: http://hdrhistogram.org.</remarks>
internal sealed class LatencyHistogram
{
    private const double Growth = 1.01;
    private const double MinSeconds = 1e-6;

    private static readonly double _logGrowth = Math.Log(Growth);

    private readonly long[] _buckets = new long[2048];
    private long _maxTicks;

    /// <summary>The longest duration, exactly.</summary>
    public TimeSpan Max => new(Interlocked.Read(ref _maxTicks));

    public void Add(TimeSpan duration)
    {
        var bucket = (int)Math.Floor(Math.Log(Math.Max(duration.TotalSeconds, MinSeconds) / MinSeconds) / _logGrowth);
        Interlocked.Increment(ref _buckets[Math.Min(bucket, _buckets.Length - 1)]);
        for (var max = Interlocked.Read(ref _maxTicks); duration.Ticks > max;)
        {
            var seen = Interlocked.CompareExchange(ref _maxTicks, duration.Ticks, max);
            max = seen == max ? duration.Ticks : seen;
        }
    }

    /// <summary>The duration that a part of all durations doesn't exceed; null when there are none.</summary>
    /// <param name="part">From 0 to 1: 0.99 for the p99.</param>
    public TimeSpan? Quantile(double part)
    {
        var counts = Array.ConvertAll(_buckets, static count => count);
        var rank = (long)Math.Ceiling(part * counts.Sum());
        var below = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            below += counts[i];
            if (counts[i] > 0 && below >= rank)
            {
                // The middle of the bucket on its logarithmic scale, but not more than the maximum.
                var seconds = MinSeconds * Math.Pow(Growth, i + 0.5);
                return TimeSpan.FromSeconds(Math.Min(seconds, Max.TotalSeconds));
            }
        }

        return null;
    }
}
