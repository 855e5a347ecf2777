using Dinov2Cluster.Grains;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>One model on one device as this gateway sees it: who it is, and what this gateway has under way there.</summary>
internal sealed class DeviceState(DeviceAddress address)
{
    private int _imagesInFlight;

    public DeviceAddress Address { get; } = address;

    /// <summary>Images that this gateway sent and has no answer for yet.</summary>
    public int ImagesInFlight => Volatile.Read(ref _imagesInFlight);

    public void Sent(int images) => Interlocked.Add(ref _imagesInFlight, images);

    public void Answered(int images) => Interlocked.Add(ref _imagesInFlight, -images);
}
