namespace Dinov2Cluster.Gateway.Security;

/// <summary>So many images per period; see <see cref="LimitOptions.QuotaPeriod"/>. Not safe for several threads.</summary>
internal sealed class ImageQuota(long limit, TimeSpan period, TimeProvider time)
{
    private long _period;
    private long _used;

    /// <summary>Most images that a period allows.</summary>
    public long Limit => limit;

    /// <summary>Whether nothing of this period's is used.</summary>
    public bool IsUnused
    {
        get
        {
            Follow();
            return _used == 0;
        }
    }

    /// <summary>How long until so many images are allowed; zero when they are.</summary>
    public TimeSpan Wait(int images)
    {
        var now = Follow();
        return images <= limit - _used ? TimeSpan.Zero : TimeSpan.FromTicks(((_period + 1) * period.Ticks) - now);
    }

    /// <summary>Counts images that are allowed.</summary>
    public void Take(int images)
    {
        Follow();
        _used += images;
    }

    // Only forwards: a clock that is set back must not give a period twice.
    private long Follow()
    {
        var now = time.GetUtcNow().UtcTicks;
        var current = now / period.Ticks;
        if (current > _period)
        {
            (_period, _used) = (current, 0);
        }

        return now;
    }
}
