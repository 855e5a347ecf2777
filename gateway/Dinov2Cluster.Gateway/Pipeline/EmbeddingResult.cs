using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>The features of a request's images.</summary>
/// <param name="Model">The model that computed them.</param>
/// <param name="Output">Which features they are.</param>
/// <param name="Rows">One for each image, in request order.</param>
/// <param name="Timings">Where the time went.</param>
/// <param name="Cache">Where the rows came from; null when the cache is off or does not cover the model.</param>
internal sealed record EmbeddingResult(
    ServedModel Model, Output Output, IReadOnlyList<EmbeddingRow> Rows, EmbeddingTimings Timings, CacheCounts? Cache)
{
    /// <summary>Vectors per image.</summary>
    public int Vectors => Output.Vectors(Model.PatchTokens);

    /// <summary>Features per vector.</summary>
    public int Dimensions => Output.Dimensions(Model.EmbeddingSize);
}

/// <summary>The result for one image.</summary>
/// <param name="Features">float32 [vectors, dimensions], row-major; empty when there is an error.</param>
/// <param name="Error">Why there are none; only in requests with <see cref="EmbeddingOptions.NullOnError"/>.</param>
internal readonly record struct EmbeddingRow(ReadOnlyMemory<float> Features, EmbeddingException? Error);

/// <summary>Where a request's time went, in seconds. The parts overlap when a request has more images than one group.</summary>
/// <param name="Preprocess">From admission until the last crop was ready.</param>
/// <param name="Queue">Longest time in a device's queue.</param>
/// <param name="Inference">Longest time of a batch on a device.</param>
/// <param name="Total">From admission until the last row was there.</param>
internal readonly record struct EmbeddingTimings(double Preprocess, double Queue, double Inference, double Total);

/// <summary>Divides vectors by their L2 norm.</summary>
internal static class FeatureNorm
{
    /// <summary>Returns a copy whose vectors have length 1; a zero vector stays as it is. The features themselves may belong to the cache.</summary>
    /// <param name="features">float32 [vectors, dimensions], row-major.</param>
    /// <param name="dimensions">Features per vector.</param>
    public static ReadOnlyMemory<float> Normalize(ReadOnlySpan<float> features, int dimensions)
    {
        var normalized = new float[features.Length];
        for (var start = 0; start < features.Length; start += dimensions)
        {
            var vector = features.Slice(start, dimensions);
            var norm = Norm(vector);
            var target = normalized.AsSpan(start, dimensions);
            for (var i = 0; norm > 0 && i < vector.Length; i++)
            {
                target[i] = (float)(vector[i] / norm);
            }
        }

        return normalized;
    }

    // In float32 the sum of squares, or the norm itself, could overflow or underflow for finite features.
    private static double Norm(ReadOnlySpan<float> vector)
    {
        var sum = 0.0;
        foreach (var feature in vector)
        {
            sum += (double)feature * feature;
        }

        return Math.Sqrt(sum);
    }
}
