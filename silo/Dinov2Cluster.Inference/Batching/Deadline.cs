namespace Dinov2Cluster.Inference.Batching;

/// <summary>A moment after which the answer is not wanted. A monotonic timestamp of one process, so that setting the clock never moves it.</summary>
public readonly record struct Deadline
{
    // A default value must never expire, so the field holds the distance to the last timestamp.
    private readonly long _beforeEndOfTime;

    private Deadline(long timestamp) => _beforeEndOfTime = long.MaxValue - timestamp;

    /// <summary>No deadline.</summary>
    public static Deadline None => default;

    /// <summary>The deadline that passes after <paramref name="timeout"/>; with zero or less it has already passed.</summary>
    public static Deadline After(TimeProvider time, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(time);

        var now = time.GetTimestamp();
        var ticks = Math.Max(timeout.TotalSeconds, 0) * time.TimestampFrequency;
        return ticks >= long.MaxValue - now ? None : new Deadline(now + (long)ticks);
    }

    /// <summary>The deadline that passes first.</summary>
    public static Deadline Earlier(Deadline first, Deadline second) => first._beforeEndOfTime > second._beforeEndOfTime ? first : second;

    /// <summary>How long until it passes; negative afterwards.</summary>
    /// <param name="time">The clock that the deadline was made with.</param>
    /// <param name="timestamp">Now.</param>
    internal TimeSpan Left(TimeProvider time, long timestamp) =>
        _beforeEndOfTime > 0 ? time.GetElapsedTime(timestamp, long.MaxValue - _beforeEndOfTime) : TimeSpan.MaxValue;

    /// <summary>True from the deadline on.</summary>
    /// <param name="timestamp">Now, from the same clock.</param>
    public bool HasPassed(long timestamp) => _beforeEndOfTime > 0 && timestamp >= long.MaxValue - _beforeEndOfTime;
}
