namespace Dinov2Cluster.Inference.Batching;

/// <summary>A moment after which nobody waits for an answer. It is a monotonic timestamp of one process, so that a clock that is set never moves it.</summary>
public readonly record struct Deadline
{
    // A default value must never expire, so the field holds the distance to the last timestamp.
    private readonly long _beforeEndOfTime;

    private Deadline(long timestamp) => _beforeEndOfTime = long.MaxValue - timestamp;

    /// <summary>No deadline.</summary>
    public static Deadline None => default;

    /// <summary>The deadline that passes after <paramref name="remaining"/> has gone by; zero or less has already passed.</summary>
    public static Deadline After(TimeProvider timeProvider, TimeSpan remaining)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);

        var now = timeProvider.GetTimestamp();
        var ticks = Math.Max(remaining.TotalSeconds, 0) * timeProvider.TimestampFrequency;
        return ticks >= long.MaxValue - now ? None : new Deadline(now + (long)ticks);
    }

    /// <summary>The one that passes first.</summary>
    public static Deadline Earlier(Deadline first, Deadline second) => first._beforeEndOfTime > second._beforeEndOfTime ? first : second;

    /// <summary>How long until it passes; negative afterwards.</summary>
    /// <param name="timeProvider">The one that it was made with.</param>
    /// <param name="timestamp">Now.</param>
    internal TimeSpan Left(TimeProvider timeProvider, long timestamp) =>
        _beforeEndOfTime > 0 ? timeProvider.GetElapsedTime(timestamp, long.MaxValue - _beforeEndOfTime) : TimeSpan.MaxValue;

    /// <summary>True from the deadline on.</summary>
    /// <param name="timestamp">Now, from the same time provider.</param>
    public bool HasPassed(long timestamp) => _beforeEndOfTime > 0 && timestamp >= long.MaxValue - _beforeEndOfTime;
}
