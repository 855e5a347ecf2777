using System.Diagnostics;
using System.Globalization;
using Dinov2Cluster.Chaos.Load;

namespace Dinov2Cluster.Chaos;

/// <summary>Tells on standard error what happens, with seconds since the program began, and knows what disturbs the cluster now.</summary>
internal sealed class Timeline
{
    private const string Quiet = "quiet";

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private volatile string _disturbance = Quiet;

    public TimeSpan Now => _clock.Elapsed;

    /// <summary>What disturbs the cluster now.</summary>
    public string Disturbance => _disturbance;

    public void Say(string text) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{Now.TotalSeconds,8:F3}] {text}"));

    /// <summary>Tells what became of a run's requests, and why some failed.</summary>
    public void Say(string run, Tally tally)
    {
        Say($"{run}: {tally.Sent} sent, {tally.Answered} answered, {tally.Rejected} rejected, {tally.Failed} failed, {tally.MixedRows} mixed rows, "
            + FormattableString.Invariant($"p50 {tally.Percentile(0.5):F0} ms, p99 {tally.Percentile(0.99):F0} ms, {tally.ImagesPerSecond:F0} images/s"));
        foreach (var (first, count) in tally.Failures)
        {
            Say($"  failed: {count} x {first}");
        }
    }

    /// <summary>Tells which requests took longest.</summary>
    public void SaySlowest(Tally tally)
    {
        foreach (var slow in tally.Slowest)
        {
            Say($"  slow: {slow}");
        }
    }

    /// <summary>Names what is done to the cluster from now on.</summary>
    public void Begin(string disturbance)
    {
        _disturbance = disturbance;
        Say(disturbance);
    }

    /// <summary>The cluster is left in peace.</summary>
    public void End() => _disturbance = Quiet;
}
