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
