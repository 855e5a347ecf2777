using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>What one silo serves.</summary>
/// <param name="Silo">The silo's name.</param>
/// <param name="Draining">True from the start of a shutdown: send no new work.</param>
/// <param name="Offers">Every loaded model on every device.</param>
[GenerateSerializer, Immutable, Alias("dinov2.SiloCatalog")]
public sealed record SiloCatalog(
    [property: Id(0)] string Silo,
    [property: Id(1)] bool Draining,
    [property: Id(2)] IReadOnlyList<DeviceOffer> Offers);

/// <summary>One loaded model on one device.</summary>
/// <param name="Address">Key of its inference grain.</param>
/// <param name="EmbeddingSize">Features per image.</param>
/// <param name="ShortestEdge">Shorter edge of the resized image, in pixels.</param>
/// <param name="CropSize">Edge of the crop, in pixels.</param>
/// <param name="Checksum">Lower-case hexadecimal SHA-256 of the model's exact weights and how they were compiled: devices with the same checksum give the same features.</param>
/// <param name="Costs">What batches cost there now, up to the best batch.</param>
/// <param name="QueueDepth">Images that wait for the device.</param>
/// <param name="Computing">Images that the device computes.</param>
/// <param name="Images">Images answered since the silo started.</param>
/// <param name="PatchTokens">Patch tokens per image; 0 when <see cref="Output.Cls"/> is the model's only output.</param>
/// <param name="Normalization">What the model does with pixels.</param>
[GenerateSerializer, Immutable, Alias("dinov2.DeviceOffer")]
public sealed record DeviceOffer(
    [property: Id(0)] DeviceAddress Address,
    [property: Id(1)] int EmbeddingSize,
    [property: Id(2)] int ShortestEdge,
    [property: Id(3)] int CropSize,
    [property: Id(4)] string Checksum,
    [property: Id(5)] CostCurve Costs,
    [property: Id(6)] int QueueDepth,
    [property: Id(7)] int Computing,
    [property: Id(8)] long Images,
    [property: Id(9)] int PatchTokens,
    [property: Id(10)] PixelNormalization Normalization);
