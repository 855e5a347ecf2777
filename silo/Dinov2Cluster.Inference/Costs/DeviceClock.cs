namespace Dinov2Cluster.Inference.Costs;

/// <summary>
/// What the batches in flight mean for the device's time. Two overlap so that one's copies hide behind the other's computation; the device still
/// computes one after the other. So a batch costs the time from when the one before it ended, not from when it began to wait behind that.
/// </summary>
internal sealed class DeviceClock(TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private long _freeAt;
    private long _lastEnd;
    private int _inFlight;

    /// <summary>Batches that the device has and has not finished.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>When the device is predicted to have finished what it has; now, when it has nothing or is late.</summary>
    public long FreeAt(long now)
    {
        lock (_gate)
        {
            return _inFlight == 0 ? now : Math.Max(now, _freeAt);
        }
    }

    /// <summary>A batch begins that should take <paramref name="seconds"/> of the device.</summary>
    public void Begin(long now, double seconds)
    {
        lock (_gate)
        {
            _freeAt = Ahead(_inFlight == 0 ? now : Math.Max(now, _freeAt), seconds);
            _inFlight++;
        }
    }

    /// <summary>A batch has ended, well or not.</summary>
    /// <returns>Seconds of the device's time that it took.</returns>
    public double End(long started, long ended)
    {
        lock (_gate)
        {
            var seconds = timeProvider.GetElapsedTime(Math.Max(started, _lastEnd), ended).TotalSeconds;
            _lastEnd = ended;
            _inFlight--;
            return seconds;
        }
    }

    /// <summary>The timestamp <paramref name="seconds"/> after <paramref name="timestamp"/>.</summary>
    public long Ahead(long timestamp, double seconds) => timestamp + (long)(seconds * timeProvider.TimestampFrequency);
}
