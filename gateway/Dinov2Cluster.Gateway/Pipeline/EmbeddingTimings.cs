namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Where a request's time went, in seconds. The parts overlap when a request has more images than one call carries.</summary>
/// <param name="Preprocess">From admission until the last crop was ready.</param>
/// <param name="Queue">Longest time in a device's queue.</param>
/// <param name="Inference">Longest time of a batch on a device.</param>
/// <param name="Total">From admission until the last row was there.</param>
internal readonly record struct EmbeddingTimings(double Preprocess, double Queue, double Inference, double Total);
