using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One model on one device as this gateway sees it: its address, the cost of its batches, and its load.</summary>
/// <param name="address">The device.</param>
/// <param name="time">The clock.</param>
internal sealed class DeviceState(DeviceAddress address, TimeProvider time)
{
    // Longer than any queue, and far from an overflow.
    private const int MaxImages = 1 << 24;

    private volatile CostCurve _costs = new([0.001]);
    private volatile DeviceOffer? _offer;
    private volatile OtherLoad _others = new(0, 0);
    private int _imagesInFlight;

    public DeviceAddress Address { get; } = address;

    /// <summary>The silo endpoint that serves the device, generation 0; null when calls go through the cluster.</summary>
    public SiloAddress? Endpoint { get; private set; }

    /// <summary>The cost of batches, from the last offer.</summary>
    public CostCurve Costs => _costs;

    /// <summary>Images that this gateway sent and still waits for.</summary>
    public int ImagesInFlight => Volatile.Read(ref _imagesInFlight);

    /// <summary>Estimate of the images that other gateways have there: what the device last reported beyond ours, less what it should have computed since.</summary>
    public int OtherImages => OtherImagesAt(time.GetTimestamp());

    /// <summary>Whether it gets work: false while it is quarantined.</summary>
    public bool IsAvailable => Health.IsAvailable;

    /// <summary>Decides whether it gets work.</summary>
    public DeviceHealth Health { get; } = new(time);

    /// <summary>Takes over an offer of the device's silo. An offer that it has seen changes nothing.</summary>
    public void Follow(DeviceOffer offer, SiloAddress? endpoint)
    {
        Endpoint = endpoint;
        if (!ReferenceEquals(offer, _offer))
        {
            _offer = offer;
            _costs = offer.Costs;
            Observe(offer.QueueDepth, offer.Computing);
            Health.Offered();
        }
    }

    public void Sent(int images) => Interlocked.Add(ref _imagesInFlight, images);

    public void Answered(int images) => Interlocked.Add(ref _imagesInFlight, -images);

    /// <summary>The device reported its load.</summary>
    /// <param name="waiting">Images in its queue, from all gateways.</param>
    /// <param name="computing">Images in the batch that it computes.</param>
    public void Observe(int waiting, int computing)
    {
        var others = Math.Clamp((long)waiting + computing - ImagesInFlight, 0, MaxImages);
        if (others > 0 || _others.Images > 0)
        {
            _others = new((int)others, time.GetTimestamp());
        }
    }

    /// <summary>Images ahead of those that would be sent at <paramref name="now"/>.</summary>
    public int ImagesAhead(long now) => OtherImagesAt(now) + ImagesInFlight;

    /// <summary>Seconds until the device would finish <paramref name="images"/> more.</summary>
    public double PredictSeconds(int images, long now) => PredictSeconds(ImagesAhead(now), images);

    /// <summary>Seconds until the device would finish <paramref name="images"/> more after those <paramref name="ahead"/>.</summary>
    /// <remarks>New images can't join the batch under computation, which is half done on average.</remarks>
    public double PredictSeconds(int ahead, int images)
    {
        var costs = _costs;
        if (ahead == 0)
        {
            return costs.DrainSeconds(images);
        }

        var computing = Math.Min(ahead, costs.BestBatch);
        return (costs.Seconds(computing) / 2) + costs.DrainSeconds(ahead - computing + images);
    }

    private int OtherImagesAt(long now)
    {
        var others = _others;
        if (others.Images == 0)
        {
            return 0;
        }

        var drained = Math.Max(0, time.GetElapsedTime(others.Timestamp, now).TotalSeconds) * _costs.ImagesPerSecond;
        return drained < others.Images ? others.Images - (int)drained : 0;
    }

    private sealed record OtherLoad(int Images, long Timestamp);
}

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
