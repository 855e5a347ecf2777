using System.Numerics.Tensors;

namespace Dinov2Cluster.Cli.Search;

/// <summary>Compares vectors with one query by the cosine of their angle. Not thread-safe.</summary>
internal sealed class CosineQuery
{
    // Below the minimum the squares of a vector's numbers lose digits, above the maximum they overflow.
    private const float MinNorm = 1e-15f;
    private const float MaxNorm = 1e18f;

    private readonly float[] _unit;
    private readonly float[] _scaled;

    private CosineQuery(float[] unit) => (_unit, _scaled) = (unit, new float[unit.Length]);

    /// <summary>Prepares a query; null when it has no direction.</summary>
    public static CosineQuery? TryCreate(ReadOnlySpan<float> query)
    {
        var unit = new float[query.Length];
        if (!TryScale(query, unit))
        {
            return null;
        }

        TensorPrimitives.Divide(unit, TensorPrimitives.Norm<float>(unit), unit);
        return new CosineQuery(unit);
    }

    /// <summary>The cosine, -1 to 1; null when the vector has no direction: it is zero, or not finite.</summary>
    /// <param name="vector">A vector with the query's dimension.</param>
    public float? Score(ReadOnlySpan<float> vector)
    {
        var norm = TensorPrimitives.Norm(vector);
        if (norm is < MinNorm or > MaxNorm or float.NaN)
        {
            if (!TryScale(vector, _scaled))
            {
                return null;
            }

            vector = _scaled;
            norm = TensorPrimitives.Norm(vector);
        }

        return Math.Clamp(TensorPrimitives.Dot(_unit, vector) / norm, -1, 1);
    }

    /// <summary>Scales a vector so that its largest number is 1; false when that is impossible.</summary>
    private static bool TryScale(ReadOnlySpan<float> vector, Span<float> scaled)
    {
        var largest = Math.Abs(TensorPrimitives.MaxMagnitude(vector));
        if (largest == 0 || !float.IsFinite(largest))
        {
            return false;
        }

        TensorPrimitives.Divide(vector, largest, scaled);
        return true;
    }
}
