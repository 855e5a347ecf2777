using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Some consecutive crops of a batch on their way to an answer.</summary>
/// <param name="model">The model that they are for.</param>
/// <param name="crops">The batch.</param>
/// <param name="first">First crop of the part.</param>
/// <param name="count">Crops in the part.</param>
/// <param name="priority">Whether others go first.</param>
/// <param name="deadline"><see cref="TimeProvider"/> timestamp after which an answer is of no use.</param>
internal sealed class CropPart(ServedModel model, CropBatch crops, int first, int count, EmbedPriority priority, long deadline)
{
    public ServedModel Model => model;

    public int Count => count;

    /// <summary>Devices that it has been to; null for none.</summary>
    public PartHistory? History { get; private set; }

    /// <summary>Time left; zero or less when the deadline passed.</summary>
    public TimeSpan Remaining(TimeProvider time) => time.GetElapsedTime(time.GetTimestamp(), deadline);

    /// <summary>The part was sent there.</summary>
    public PartHistory AddTried(DeviceState device)
    {
        History ??= new PartHistory();
        History.AddTried(device);
        return History;
    }

    /// <summary>The crops as a device gets them.</summary>
    public EmbedRequest Request(TimeSpan remaining) =>
        new(crops.Pixels.Slice(first * crops.BytesPerCrop, count * crops.BytesPerCrop), count, remaining, priority);

    /// <summary>A device that got the crops may read them for ever.</summary>
    public void Abandon() => crops.Abandon();
}
