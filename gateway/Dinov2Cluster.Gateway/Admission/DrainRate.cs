namespace Dinov2Cluster.Gateway.Admission;

/// <summary>
/// How many images leave per second while there is work: an exponentially weighted average over windows of at least a second.
/// Callers hold a lock.
/// </summary>
internal sealed class DrainRate(TimeProvider time)
{
    // The newest window counts for a third: a changed load shows in a few seconds, one odd window does not.
    private const double NewestWeight = 1.0 / 3;

    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    private long _windowStart = time.GetTimestamp();
    private long _windowImages;
    private double _imagesPerSecond;

    /// <summary>Work begins after none was there: idle time says nothing about the rate.</summary>
    public void Start()
    {
        _windowStart = time.GetTimestamp();
        _windowImages = 0;
    }

    /// <summary>Images left.</summary>
    public void Add(int images)
    {
        _windowImages += images;
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_windowStart, now);
        if (elapsed < _window)
        {
            return;
        }

        var measured = _windowImages / elapsed.TotalSeconds;
        _imagesPerSecond = _imagesPerSecond > 0
            ? _imagesPerSecond + (NewestWeight * (measured - _imagesPerSecond))
            : measured;
        _windowStart = now;
        _windowImages = 0;
    }

    /// <summary>Time in which images should leave, in whole seconds from 1 to 60; 1 while nothing is known.</summary>
    /// <param name="images">Images; below 1 they need no time beyond the shortest.</param>
    /// <param name="limit">Images per second that can't be exceeded; infinite when unknown.</param>
    public TimeSpan TimeFor(long images, double limit)
    {
        var rate = _imagesPerSecond > 0 ? Math.Min(_imagesPerSecond, limit) : limit;
        return images > 0 && rate > 0
            ? TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(images / rate), _shortest.TotalSeconds, _longest.TotalSeconds))
            : _shortest;
    }
}
