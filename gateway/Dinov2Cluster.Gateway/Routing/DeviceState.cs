using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One model on one device as this gateway sees it: who it is, what batches cost there, and what it has to do.</summary>
internal sealed class DeviceState(DeviceAddress address)
{
    private int _imagesInFlight;

    public DeviceAddress Address { get; } = address;

    /// <summary>Door of the device's silo, generation 0; null when it is reached through the cluster.</summary>
    public SiloAddress? Gateway { get; private set; }

    /// <summary>What batches cost there, as the silo last said.</summary>
    public DeviceCosts Costs { get; private set; } = new([0.001]);

    /// <summary>Images that this gateway sent and has no answer for yet.</summary>
    public int ImagesInFlight => Volatile.Read(ref _imagesInFlight);

    /// <summary>Images of others that the device is thought to have now: what it last said beyond ours, less what it should have done since.</summary>
    public int OtherImages { get; private set; }

    /// <summary>Whether it gets work: false while it is set aside after a failure.</summary>
    public bool IsAvailable { get; private set; } = true;

    /// <summary>Takes over what the device's silo says of it.</summary>
    public void Follow(DeviceOffer offer, SiloAddress? gateway)
    {
        Costs = offer.Costs;
        Gateway = gateway;
    }

    public void Sent(int images) => Interlocked.Add(ref _imagesInFlight, images);

    public void Answered(int images) => Interlocked.Add(ref _imagesInFlight, -images);
}
