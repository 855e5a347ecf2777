namespace Dinov2Cluster.Client;

/// <summary>Reports when images wait for an answer, and none came within a timeout.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly ITimer _timer;
    private int _waiting;
    private long _since;

    public StallWatch(TimeProvider time, TimeSpan timeout, Action stalled)
    {
        (_time, _timeout) = (time, timeout);
        _timer = time.CreateTimer(_ => stalled(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Time until it reports a stall.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                return _waiting == 0 ? _timeout : _timeout - _time.GetElapsedTime(_since);
            }
        }
    }

    /// <summary>An image starts to wait.</summary>
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
        _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
    }
}
