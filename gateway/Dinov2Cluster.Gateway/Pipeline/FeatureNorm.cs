using System.Numerics.Tensors;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Divides vectors by their L2 norm.</summary>
internal static class FeatureNorm
{
    /// <summary>A copy whose vectors have length 1; one of nothing but zeros stays as it is. The cache may hold the features themselves.</summary>
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
            if (norm > 0)
            {
                TensorPrimitives.Divide(vector, norm, target);
            }
        }

        return normalized;
    }

    // A sum of squares in float32 overflows, or loses everything, for features that are finite.
    private static float Norm(ReadOnlySpan<float> vector)
    {
        var sum = 0.0;
        foreach (var feature in vector)
        {
            sum += (double)feature * feature;
        }

        return (float)Math.Sqrt(sum);
    }
}
