using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One model on one device as this gateway sees it: who it is, what batches cost there, and what it has to do.</summary>
/// <param name="address">The device.</param>
/// <param name="time">The clock.</param>
internal sealed class DeviceState(DeviceAddress address, TimeProvider time)
{
    // Far beyond any queue, and far below what would overflow.
    private const int MaxImages = 1 << 24;

    private volatile CostCurve _costs = new([0.001]);
    private volatile DeviceOffer? _offer;
    private volatile OtherLoad _others = new(0, 0);
    private int _imagesInFlight;

    public DeviceAddress Address { get; } = address;

    /// <summary>Door of the device's silo, generation 0; null when it is reached through the cluster.</summary>
    public SiloAddress? Gateway { get; private set; }

    /// <summary>What batches cost there, as the silo last said.</summary>
    public CostCurve Costs => _costs;

    /// <summary>Images that this gateway sent and has neither an answer for nor given up.</summary>
    public int ImagesInFlight => Volatile.Read(ref _imagesInFlight);

    /// <summary>Images of others that the device is thought to have now: what it last said beyond ours, less what it should have done since.</summary>
    public int OtherImages => OtherImagesAt(time.GetTimestamp());

    /// <summary>Whether it gets work: false while it is set aside after a failure.</summary>
    public bool IsAvailable => Health.IsAvailable;

    /// <summary>When it gets work.</summary>
    public DeviceHealth Health { get; } = new(time);

    /// <summary>Takes over what the device's silo says of it. An offer that it has seen is no news, however often it comes.</summary>
    public void Follow(DeviceOffer offer, SiloAddress? gateway)
    {
        Gateway = gateway;
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

    /// <summary>The device says what it has to do.</summary>
    /// <param name="waiting">Images that wait for it, whoever sent them.</param>
    /// <param name="computing">Images that it computes.</param>
    public void Observe(int waiting, int computing)
    {
        var others = Math.Clamp((long)waiting + computing - ImagesInFlight, 0, MaxImages);
        if (others > 0 || _others.Images > 0)
        {
            _others = new((int)others, time.GetTimestamp());
        }
    }

    /// <summary>Images that images sent at <paramref name="now"/> would have before them.</summary>
    public int ImagesAhead(long now) => OtherImagesAt(now) + ImagesInFlight;

    /// <summary>Seconds until the device would have finished so many more images.</summary>
    public double PredictSeconds(int images, long now) => PredictSeconds(ImagesAhead(now), images);

    /// <summary>Seconds until the device would have finished so many more images after those before them.</summary>
    /// <remarks>Images that come now can't join the batch that it computes, half of which is over, on average.</remarks>
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
