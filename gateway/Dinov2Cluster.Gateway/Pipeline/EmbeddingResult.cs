using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The features of a request's images.</summary>
/// <param name="Model">The model that made them.</param>
/// <param name="Output">Which features they are.</param>
/// <param name="Rows">One for each image, in request order.</param>
/// <param name="Timings">Where the time went.</param>
/// <param name="Cache">What the cache gave; null when it is off or does not cover the model.</param>
internal sealed record EmbeddingResult(
    ServedModel Model, Output Output, IReadOnlyList<EmbeddingRow> Rows, EmbeddingTimings Timings, CacheCounts? Cache)
{
    /// <summary>Vectors per image.</summary>
    public int Vectors => Output.Vectors(Model.PatchTokens);

    /// <summary>Features per vector.</summary>
    public int Dimensions => Output.Dimensions(Model.EmbeddingSize);
}
