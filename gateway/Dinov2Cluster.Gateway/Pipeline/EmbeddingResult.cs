using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The features of a request's images.</summary>
/// <param name="Model">The model that made them.</param>
/// <param name="Count">Number of rows.</param>
/// <param name="Batches">Rows in request order, <see cref="CropBatch.MaxCount"/> to a batch.</param>
/// <param name="Timings">Where the time went.</param>
internal sealed record EmbeddingResult(ServedModel Model, int Count, IReadOnlyList<RoutedBatch> Batches, EmbeddingTimings Timings)
{
    /// <summary>float32 [embedding size]: the features of one image.</summary>
    public ReadOnlyMemory<float> Row(int row)
    {
        var (batch, index) = Math.DivRem(row, CropBatch.MaxCount);
        return Batches[batch].Features.Slice(index * Model.EmbeddingSize, Model.EmbeddingSize);
    }
}
