namespace Dinov2Cluster.Gateway.Admission;

/// <summary>
/// Images in flight in the gateway or for one model, and how many leave per second while there is work: an exponentially weighted average over
/// windows of at least a second. <see cref="AdmissionControl"/>'s lock guards it.
/// </summary>
internal sealed class LoadInFlight(TimeProvider time)
{
    // The newest window counts a third: a changed load shows within a few seconds, one odd window hardly matters.
    private const double NewestWeight = 1.0 / 3;

    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(60);

    private int _images;
    private long _windowStart;
    private long _windowImages;
    private double _imagesPerSecond;

    /// <summary>Images admitted and not yet answered.</summary>
    public int Images => Volatile.Read(ref _images);

    /// <summary>Counts admitted images.</summary>
    public void Add(int images)
    {
        if (_images == 0)
        {
            // Idle time does not count.
            (_windowStart, _windowImages) = (time.GetTimestamp(), 0);
        }

        _images += images;
    }

    /// <summary>Counts images that were answered or given up.</summary>
    public void Remove(int images)
    {
        _images -= images;
        _windowImages += images;
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_windowStart, now);
        if (elapsed >= _window)
        {
            var measured = _windowImages / elapsed.TotalSeconds;
            _imagesPerSecond = _imagesPerSecond > 0 ? _imagesPerSecond + (NewestWeight * (measured - _imagesPerSecond)) : measured;
            (_windowStart, _windowImages) = (now, 0);
        }
    }

    /// <summary>Time in which images should leave, in whole seconds from 1 to 60; 1 while the rate is unknown.</summary>
    /// <param name="images">Number of images; below 1, the shortest time is returned.</param>
    /// <param name="limit">Highest possible rate, in images per second; infinite when unknown.</param>
    public TimeSpan TimeFor(long images, double limit)
    {
        var rate = _imagesPerSecond > 0 ? Math.Min(_imagesPerSecond, limit) : limit;
        return images > 0 && rate > 0
            ? TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(images / rate), _shortest.TotalSeconds, _longest.TotalSeconds))
            : _shortest;
    }
}
