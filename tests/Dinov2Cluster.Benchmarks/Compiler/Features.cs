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
            var (product, expectedSquares, actualSquares) = (0.0, 0.0, 0.0);
            for (var i = row * size; i < (row + 1) * size; i++)
            {
                product += (double)expected[i] * actual[i];
                expectedSquares += (double)expected[i] * expected[i];
                actualSquares += (double)actual[i] * actual[i];
            }

            least = Math.Min(least, product / Math.Sqrt(expectedSquares * actualSquares));
        }

        return least;
    }

    /// <summary>The greatest absolute difference of corresponding values.</summary>
    public static double GreatestDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var greatest = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            greatest = Math.Max(greatest, Math.Abs((double)expected[i] - actual[i]));
        }

        return greatest;
    }
}
