namespace Dinov2Cluster.Grains.Messages;

/// <summary>One loaded model on one device.</summary>
/// <param name="Address">Key of its inference grain.</param>
/// <param name="EmbeddingSize">Features per image.</param>
/// <param name="ShortestEdge">Shorter edge of the resized image, in pixels.</param>
/// <param name="CropSize">Edge of the crop, in pixels.</param>
/// <param name="QueueDepth">Images that wait for the device.</param>
[GenerateSerializer, Immutable, Alias("dinov2.DeviceOffer")]
public sealed record DeviceOffer(
    [property: Id(0)] DeviceAddress Address,
    [property: Id(1)] int EmbeddingSize,
    [property: Id(2)] int ShortestEdge,
    [property: Id(3)] int CropSize,
    [property: Id(4)] int QueueDepth);
