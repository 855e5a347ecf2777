namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Images per second, from readings of a counter that only a restart resets.</summary>
internal sealed class ImageRate(TimeProvider time)
{
    /// <summary>Readings closer than this count as one, since a device answers whole batches at once.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromSeconds(2);

    private long _images = -1;
    private long _readAt;

    /// <summary>The rate over the last full window; 0 before the first.</summary>
    public double PerSecond { get; private set; }

    /// <summary>Adds a reading of the counter.</summary>
    public void Read(long images)
    {
        var now = time.GetTimestamp();
        if (_images < 0 || images < _images)
        {
            (_images, _readAt, PerSecond) = (images, now, 0);
            return;
        }

        var elapsed = time.GetElapsedTime(_readAt, now);
        if (elapsed >= Window)
        {
            (PerSecond, _images, _readAt) = ((images - _images) / elapsed.TotalSeconds, images, now);
        }
    }
}
