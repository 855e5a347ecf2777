namespace Dinov2Cluster.Cli;

/// <summary>How fast something goes just now: over the last fifteen seconds, so that a rate neither jumps nor remembers a slow start.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);

    private readonly Queue<(long Timestamp, long Count)> _samples = new([(time.GetTimestamp(), 0)]);

    /// <summary>Adds a sample; for one caller.</summary>
    /// <param name="count">How much is done in all.</param>
    /// <returns>Per second.</returns>
    public double Sample(long count)
    {
        var now = time.GetTimestamp();
        _samples.Enqueue((now, count));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().Timestamp, now) > Window)
        {
            _samples.Dequeue();
        }

        var first = _samples.Peek();
        var seconds = time.GetElapsedTime(first.Timestamp, now).TotalSeconds;
        return seconds > 0 ? (count - first.Count) / seconds : 0;
    }
}
