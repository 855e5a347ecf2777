namespace Dinov2Cluster.Chaos.Load;

/// <summary>An answered request that took long.</summary>
/// <param name="SentAt">Since the program began.</param>
/// <param name="Milliseconds">From the time it was due to the end of its answer.</param>
/// <param name="Images">How many it held.</param>
/// <param name="Disturbances">What was under way when it was sent, and when it was answered.</param>
internal sealed record SlowRequest(TimeSpan SentAt, double Milliseconds, int Images, string Disturbances)
{
    public override string ToString() =>
        FormattableString.Invariant($"sent {SentAt.TotalSeconds:F3} s, took {Milliseconds:F0} ms, {Images} images, {Disturbances}");
}
