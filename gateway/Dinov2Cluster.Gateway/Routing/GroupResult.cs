namespace Dinov2Cluster.Gateway.Routing;

/// <summary>The answer for one <see cref="CropGroup"/>.</summary>
/// <param name="Features">float32 [count, <see cref="RouteRequest.FeaturesPerImage"/>], row-major, rows in the order of the crops.</param>
/// <param name="QueueSeconds">Longest time that a crop waited in a device's queue.</param>
/// <param name="InferenceSeconds">Longest time that a device computed on a batch with one of the crops.</param>
internal sealed record GroupResult(ReadOnlyMemory<float> Features, double QueueSeconds, double InferenceSeconds);
