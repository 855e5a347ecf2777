namespace Dinov2Cluster.Gateway.Security;

/// <summary>
/// A token bucket, stored as the time at which it is full again (the generic cell rate algorithm, ITU-T I.371), in whole ticks of 100 ns, so a
/// caller that waits as long as told is accepted. Not thread-safe.
/// </summary>
internal sealed class TokenBucket
{
    private readonly TimeProvider _time;
    private readonly double _perSecond;
    private readonly long _start;
    private readonly long _ticksToFill;
    private long _fullAt;

    /// <param name="perSecond">Tokens per second.</param>
    /// <param name="capacity">Most tokens that the bucket holds; it starts full.</param>
    /// <param name="time">The clock.</param>
    public TokenBucket(double perSecond, int capacity, TimeProvider time)
    {
        (_perSecond, Capacity, _time, _start) = (perSecond, capacity, time, time.GetTimestamp());
        _ticksToFill = Cost(capacity);
    }

    /// <summary>Most tokens that can be taken at once.</summary>
    public int Capacity { get; }

    /// <summary>Whether it is unused.</summary>
    public bool IsFull => _fullAt <= Now;

    private long Now => _time.GetElapsedTime(_start).Ticks;

    /// <summary>Time until this number of tokens, at most <see cref="Capacity"/>, is there; zero when it is.</summary>
    public TimeSpan Wait(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Capacity);
        var now = Now;
        return TimeSpan.FromTicks(Math.Max(0, Math.Max(_fullAt, now) + Cost(tokens) - _ticksToFill - now));
    }

    /// <summary>Takes available tokens.</summary>
    public void Take(int tokens) => _fullAt = Math.Max(_fullAt, Now) + Cost(tokens);

    // Rounded up, so that the rate is never exceeded.
    private long Cost(int tokens) => (long)Math.Ceiling(tokens * TimeSpan.TicksPerSecond / _perSecond);
}
