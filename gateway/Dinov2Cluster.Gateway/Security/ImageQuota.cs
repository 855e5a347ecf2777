namespace Dinov2Cluster.Gateway.Security;

/// <summary>A number of images per period; see <see cref="LimitOptions.QuotaPeriod"/>. Not thread-safe.</summary>
internal sealed class ImageQuota(long limit, TimeSpan period, TimeProvider time)
{
    private long _period;
    private long _used;

    /// <summary>Most images that a period allows.</summary>
    public long Limit => limit;

    /// <summary>Whether this period is unused.</summary>
    public bool IsUnused
    {
        get
        {
            Follow();
            return _used == 0;
        }
    }

    /// <summary>Time until this number of images is allowed; zero when it is.</summary>
    public TimeSpan Wait(int images)
    {
        var now = Follow();
        return images <= limit - _used ? TimeSpan.Zero : TimeSpan.FromTicks(((_period + 1) * period.Ticks) - now);
    }

    /// <summary>Counts allowed images.</summary>
    public void Take(int images)
    {
        Follow();
        _used += images;
    }

    // Only forward: a clock that is set back must not repeat a period.
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
