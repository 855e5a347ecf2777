namespace Dinov2Cluster.Cli.Bench;

/// <summary>
/// Counts times in buckets that grow by 1 %, from a microsecond to some ten minutes: quantiles are right to 1 %, and its size doesn't depend on how
/// much is counted. Safe for many threads.
/// </summary>
/// <remarks>The idea, with other buckets, is that of HdrHistogram: http://hdrhistogram.org.</remarks>
internal sealed class LatencyHistogram
{
    private const double Growth = 1.01;
    private const double Smallest = 1e-6;

    private static readonly double LogGrowth = Math.Log(Growth);

    private readonly long[] _buckets = new long[2048];
    private long _maxTicks;

    /// <summary>The longest time, exactly.</summary>
    public TimeSpan Max => new(Interlocked.Read(ref _maxTicks));

    public void Add(TimeSpan time)
    {
        var bucket = (int)Math.Floor(Math.Log(Math.Max(time.TotalSeconds, Smallest) / Smallest) / LogGrowth);
        Interlocked.Increment(ref _buckets[Math.Min(bucket, _buckets.Length - 1)]);
        for (var max = Interlocked.Read(ref _maxTicks); time.Ticks > max;)
        {
            var seen = Interlocked.CompareExchange(ref _maxTicks, time.Ticks, max);
            max = seen == max ? time.Ticks : seen;
        }
    }

    /// <summary>The time that a part of all times doesn't exceed; null when there are none.</summary>
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
                // The middle of the bucket on its scale; never beyond what was seen.
                var seconds = Smallest * Math.Pow(Growth, i + 0.5);
                return TimeSpan.FromSeconds(Math.Min(seconds, Max.TotalSeconds));
            }
        }

        return null;
    }
}
