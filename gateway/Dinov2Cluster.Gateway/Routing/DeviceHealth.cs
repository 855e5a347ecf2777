namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Whether a device gets work. A quarantined device gets none until a probe of it succeeds.</summary>
internal sealed class DeviceHealth(TimeProvider time)
{
    /// <summary>Failures in a row that quarantine a device: one poisoned image must not take down device after device.</summary>
    internal const int MaxFailures = 3;

    /// <summary>Time from the quarantine to the first probe.</summary>
    internal static readonly TimeSpan FirstProbe = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest time between two probes; it doubles up to this.</summary>
    internal static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(2);

    // The first offer after a refusal may have been read before it.
    private const int OffersAfterRefusal = 2;

    private readonly Lock _lock = new();
    private volatile TaskCompletionSource _lost = new();
    private volatile bool _isAvailable = true;
    private int _failures;
    private int _awaitedOffers;
    private bool _probing;
    private TimeSpan _delay;
    private long _delaySince;

    /// <summary>False while it is quarantined.</summary>
    public bool IsAvailable => _isAvailable;

    /// <summary>Completes when calls can't reach it any more: calls under way are lost. Replaced when it is back.</summary>
    public Task Lost => _lost.Task;

    /// <summary>It returned features.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) != 0)
        {
            Volatile.Write(ref _failures, 0);
        }
    }

    /// <summary>It failed on a part, or was overdue with one.</summary>
    /// <returns>True when this call quarantined it.</returns>
    public bool Failed() => Interlocked.Increment(ref _failures) >= MaxFailures && Quarantine();

    /// <summary>It gets no work until a probe succeeds.</summary>
    /// <param name="awaitedOffers">Offers of its silo that must come before the first probe.</param>
    /// <returns>True when this call quarantined it.</returns>
    public bool Quarantine(int awaitedOffers = 0)
    {
        lock (_lock)
        {
            if (!_isAvailable)
            {
                return false;
            }

            _isAvailable = false;
            _awaitedOffers = awaitedOffers;
            _delay = FirstProbe;
            _delaySince = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>It can't be reached.</summary>
    /// <returns>True when this call quarantined it.</returns>
    public bool Unreachable()
    {
        var first = Quarantine();
        _lost.TrySetResult();
        return first;
    }

    /// <summary>It reports that it doesn't serve: it is probed only after an offer that was read later.</summary>
    /// <returns>True when this call quarantined it.</returns>
    public bool Refused() => Quarantine(OffersAfterRefusal);

    /// <summary>Its silo offers it again.</summary>
    public void Offered()
    {
        if (!_isAvailable)
        {
            lock (_lock)
            {
                _awaitedOffers = Math.Max(0, _awaitedOffers - 1);
            }
        }
    }

    /// <summary>True when a probe is due; it is then under way until <see cref="EndProbe"/>.</summary>
    public bool TryBeginProbe()
    {
        if (_isAvailable)
        {
            return false;
        }

        lock (_lock)
        {
            var due = !_isAvailable && !_probing && _awaitedOffers == 0 && time.GetElapsedTime(_delaySince) >= _delay;
            _probing |= due;
            return due;
        }
    }

    /// <summary>A probe ended: the device is available again, or is probed later.</summary>
    public void EndProbe(bool succeeded)
    {
        lock (_lock)
        {
            _probing = false;
            if (succeeded)
            {
                _failures = 0;
                _lost = _lost.Task.IsCompleted ? new() : _lost;
                _isAvailable = true;
            }
            else
            {
                _delay = _delay * 2 < LongestProbe ? _delay * 2 : LongestProbe;
                _delaySince = time.GetTimestamp();
            }
        }
    }
}
