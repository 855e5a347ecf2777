using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The features of a request's images.</summary>
/// <param name="Model">The model that made them.</param>
/// <param name="Rows">float32 [embedding size] each: the features of the images, in request order.</param>
/// <param name="Timings">Where the time went.</param>
/// <param name="Cache">What the cache gave; null when it is off or does not cover the model.</param>
internal sealed record EmbeddingResult(
    ServedModel Model, IReadOnlyList<ReadOnlyMemory<float>> Rows, EmbeddingTimings Timings, CacheCounts? Cache);
