using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>A part of a group: consecutive crops that one device gets.</summary>
/// <param name="wanted">What is wanted for them.</param>
/// <param name="crops">The group.</param>
/// <param name="first">First crop of the part.</param>
/// <param name="count">Crops in the part.</param>
internal sealed class CropPart(RouteRequest wanted, CropGroup crops, int first, int count)
{
    public ServedModel Model => wanted.Model;

    public int Count => count;

    /// <summary>The group, which each call with the part holds.</summary>
    public CropGroup Group => crops;

    /// <summary>Features that answer the part.</summary>
    public int Features => count * wanted.FeaturesPerImage;

    /// <summary>Devices that it has been to; null for none.</summary>
    public PartHistory? History { get; private set; }

    /// <summary>Time left; zero or less when the deadline passed.</summary>
    public TimeSpan Remaining(TimeProvider time) => time.GetElapsedTime(time.GetTimestamp(), wanted.Deadline);

    /// <summary>The part was sent there.</summary>
    public PartHistory AddTried(DeviceState device)
    {
        History ??= new PartHistory();
        History.AddTried(device);
        return History;
    }

    /// <summary>The crops as a device gets them.</summary>
    public EmbedRequest Request(TimeSpan remaining) =>
        new(crops.Pixels.Slice(first * crops.BytesPerCrop, count * crops.BytesPerCrop), count, remaining, wanted.Priority, wanted.Output);
}
