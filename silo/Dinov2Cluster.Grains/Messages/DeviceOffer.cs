using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>One loaded model on one device.</summary>
/// <param name="Address">Key of its inference grain.</param>
/// <param name="EmbeddingSize">Features per image.</param>
/// <param name="ShortestEdge">Shorter edge of the resized image, in pixels.</param>
/// <param name="CropSize">Edge of the crop, in pixels.</param>
/// <param name="Checksum">Lower-case hexadecimal SHA-256 that names the model's exact weights and how they were compiled: two devices with the same one give the same features.</param>
/// <param name="Costs">What batches cost there now.</param>
/// <param name="QueueDepth">Images that wait for the device.</param>
/// <param name="Computing">Images that the device computes.</param>
/// <param name="Images">Images answered since the silo started.</param>
/// <param name="PatchTokens">Patch tokens per image, when the model gives them: without them 0, and <see cref="Output.Cls"/> is the only output.</param>
/// <param name="Normalization">What the model does with pixels.</param>
[GenerateSerializer, Immutable, Alias("dinov2.DeviceOffer")]
public sealed record DeviceOffer(
    [property: Id(0)] DeviceAddress Address,
    [property: Id(1)] int EmbeddingSize,
    [property: Id(2)] int ShortestEdge,
    [property: Id(3)] int CropSize,
    [property: Id(4)] string Checksum,
    [property: Id(5)] DeviceCosts Costs,
    [property: Id(6)] int QueueDepth,
    [property: Id(7)] int Computing,
    [property: Id(8)] long Images,
    [property: Id(9)] int PatchTokens,
    [property: Id(10)] PixelNormalization Normalization);
