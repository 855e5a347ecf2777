using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>Compares feature matrices, one row per image.</summary>
internal static class Features
{
    /// <summary>The least cosine similarity of corresponding rows.</summary>
    public static double LeastCosine(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int rows)
    {
        var size = expected.Length / rows;
        var least = 1.0;
        for (var row = 0; row < rows; row++)
        {
            least = Math.Min(least, Similarity.Cosine(expected.Slice(row * size, size), actual.Slice(row * size, size)));
        }

        return least;
    }
}
