namespace Dinov2Cluster.Chaos.Load;

/// <summary>A request that got no right answer.</summary>
/// <param name="SentAt">Since the program began.</param>
/// <param name="FailedAt">Since the program began.</param>
/// <param name="Images">How many it held.</param>
/// <param name="Reason">Status and body, or what the connection said.</param>
/// <param name="Disturbances">What was under way when it was sent, and when it failed.</param>
internal sealed record FailedRequest(TimeSpan SentAt, TimeSpan FailedAt, int Images, string Reason, string Disturbances)
{
    public override string ToString() =>
        FormattableString.Invariant($"{Reason} ({Disturbances}; sent {SentAt.TotalSeconds:F3} s, failed {FailedAt.TotalSeconds:F3} s, {Images} images)");
}
