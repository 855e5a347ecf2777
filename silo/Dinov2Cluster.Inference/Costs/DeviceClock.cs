namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// The device's time that the batches in flight take. Two batches overlap so that the copies of one hide behind the computation of the other; the device
/// still computes them one after the other. So a batch costs the time since the end of the batch before it, not since its own start.
/// </summary>
internal sealed class DeviceClock(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _freeAt;
    private long _lastEnd;
    private int _inFlight;

    /// <summary>Batches that the device has not finished.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>When the device is predicted to finish its batches; now, when it has none or is late.</summary>
    public long FreeAt(long now)
    {
        lock (_lock)
        {
            return _inFlight == 0 ? now : Math.Max(now, _freeAt);
        }
    }

    /// <summary>A batch begins that should take <paramref name="seconds"/>.</summary>
    public void Begin(long now, double seconds)
    {
        lock (_lock)
        {
            _freeAt = Ahead(_inFlight == 0 ? now : Math.Max(now, _freeAt), seconds);
            _inFlight++;
        }
    }

    /// <summary>A batch has ended, successfully or not.</summary>
    /// <returns>Seconds of the device's time that it took.</returns>
    public double End(long started, long ended)
    {
        lock (_lock)
        {
            var seconds = time.GetElapsedTime(Math.Max(started, _lastEnd), ended).TotalSeconds;
            _lastEnd = ended;
            _inFlight--;
            return seconds;
        }
    }

    /// <summary>The timestamp <paramref name="seconds"/> after <paramref name="timestamp"/>.</summary>
    public long Ahead(long timestamp, double seconds) => timestamp + (long)(seconds * time.TimestampFrequency);
}
