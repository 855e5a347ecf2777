namespace Dinov2Cluster.Cli.Embed;

/// <summary>The rate of the last fifteen seconds: it doesn't jump, and forgets a slow start.</summary>
internal sealed class RateMeter(TimeProvider time)
{
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(15);

    private readonly Queue<(long Timestamp, long Count)> _samples = new([(time.GetTimestamp(), 0)]);

    /// <summary>Adds a sample. Not thread-safe.</summary>
    /// <param name="count">The total so far.</param>
    /// <returns>The rate per second.</returns>
    public double Sample(long count)
    {
        var now = time.GetTimestamp();
        _samples.Enqueue((now, count));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().Timestamp, now) > _window)
        {
            _samples.Dequeue();
        }

        var first = _samples.Peek();
        var seconds = time.GetElapsedTime(first.Timestamp, now).TotalSeconds;
        return seconds > 0 ? (count - first.Count) / seconds : 0;
    }
}
