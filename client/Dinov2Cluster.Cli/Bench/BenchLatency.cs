namespace Dinov2Cluster.Cli.Bench;

/// <summary>Times of requests, in milliseconds: what half, 90 % and 99 % of them don't exceed, and the longest one.</summary>
internal sealed record BenchLatency(double P50, double P90, double P99, double Max)
{
    /// <summary>Null when the histogram is empty.</summary>
    public static BenchLatency? From(LatencyHistogram times) => times.Quantile(0.5) is { } median
        ? new(Milliseconds(median), Milliseconds(times.Quantile(0.9)!.Value), Milliseconds(times.Quantile(0.99)!.Value), Milliseconds(times.Max))
        : null;

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}
