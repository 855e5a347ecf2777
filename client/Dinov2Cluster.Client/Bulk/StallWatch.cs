namespace Dinov2Cluster.Client.Bulk;

/// <summary>Tells when images wait for an answer, and none has come for too long.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _longest;
    private readonly ITimer _timer;
    private int _waiting;
    private long _since;

    public StallWatch(TimeProvider time, TimeSpan longest, Action stalled)
    {
        (_time, _longest) = (time, longest);
        _timer = time.CreateTimer(_ => stalled(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Time until it would tell.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                return _waiting == 0 ? _longest : _longest - _time.GetElapsedTime(_since);
            }
        }
    }

    /// <summary>An image waits from now on.</summary>
    public void Began()
    {
        lock (_lock)
        {
            if (_waiting++ == 0)
            {
                Restart();
            }
        }
    }

    /// <summary>An image has its answer.</summary>
    public void Answered()
    {
        lock (_lock)
        {
            if (--_waiting == 0)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
            else
            {
                Restart();
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Restart()
    {
        _since = _time.GetTimestamp();
        _timer.Change(_longest, Timeout.InfiniteTimeSpan);
    }
}
