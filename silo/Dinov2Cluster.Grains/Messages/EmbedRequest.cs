using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>Crops for one device.</summary>
/// <param name="Crops">uint8 [count, size, size, 3], RGB, contiguous.</param>
/// <param name="Count">Number of crops, at least 1; gateways send at most 8.</param>
/// <param name="Timeout">How long the answer is of use. A duration, because clocks of machines differ.</param>
/// <param name="Priority">Which images the device takes first.</param>
/// <param name="Output">Which features.</param>
[GenerateSerializer, Immutable, Alias("dinov2.EmbedRequest")]
public sealed record EmbedRequest(
    [property: Id(0)] CropPayload Crops,
    [property: Id(1)] int Count,
    [property: Id(2)] TimeSpan Timeout,
    [property: Id(3)] Priority Priority = Priority.Interactive,
    [property: Id(4)] Output Output = Output.Cls);
