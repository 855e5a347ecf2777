using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>What became of an image.</summary>
/// <param name="Features">float32 [vectors, dimensions], row-major; empty when there is an error.</param>
/// <param name="Error">Why there are none; only when the request wanted so.</param>
internal readonly record struct EmbeddingRow(ReadOnlyMemory<float> Features, EmbeddingException? Error);
