namespace Dinov2Cluster.Gateway.Security;

/// <summary>
/// A token bucket, kept as the one time at which it will be full again (the generic cell rate algorithm, ITU-T I.371): whole ticks of 100 ns, so a
/// caller that waits as long as it is told is let in. Not safe for several threads.
/// </summary>
internal sealed class TokenBucket
{
    private readonly TimeProvider _time;
    private readonly double _perSecond;
    private readonly long _start;
    private readonly long _ticksToFill;
    private long _fullAt;

    /// <param name="perSecond">Tokens that come in per second.</param>
    /// <param name="capacity">Tokens that the bucket holds; it is full at first.</param>
    /// <param name="time">The clock.</param>
    public TokenBucket(double perSecond, int capacity, TimeProvider time)
    {
        (_perSecond, Capacity, _time, _start) = (perSecond, capacity, time, time.GetTimestamp());
        _ticksToFill = Cost(capacity);
    }

    /// <summary>Most tokens that can be taken at once.</summary>
    public int Capacity { get; }

    /// <summary>Whether nothing of it is used.</summary>
    public bool IsFull => _fullAt <= Now;

    private long Now => _time.GetElapsedTime(_start).Ticks;

    /// <summary>How long until so many tokens are there, at most <see cref="Capacity"/>; zero when they are.</summary>
    public TimeSpan Wait(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Capacity);
        var now = Now;
        return TimeSpan.FromTicks(Math.Max(0, Math.Max(_fullAt, now) + Cost(tokens) - _ticksToFill - now));
    }

    /// <summary>Takes tokens that are there.</summary>
    public void Take(int tokens) => _fullAt = Math.Max(_fullAt, Now) + Cost(tokens);

    // Rounded up, so that never more is let in than the rate says.
    private long Cost(int tokens) => (long)Math.Ceiling(tokens * TimeSpan.TicksPerSecond / _perSecond);
}
