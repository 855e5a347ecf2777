namespace Dinov2Cluster.Gateway.Pipeline;

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
