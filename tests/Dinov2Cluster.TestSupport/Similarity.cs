namespace Dinov2Cluster.TestSupport;

/// <summary>How close two feature vectors are.</summary>
public static class Similarity
{
    /// <summary>Cosine of the angle between them, summed in double precision.</summary>
    public static double Cosine(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        RequireSameLength(left, right);
        double product = 0, leftSquares = 0, rightSquares = 0;
        for (var i = 0; i < left.Length; i++)
        {
            product += (double)left[i] * right[i];
            leftSquares += (double)left[i] * left[i];
            rightSquares += (double)right[i] * right[i];
        }

        return product / Math.Sqrt(leftSquares * rightSquares);
    }

    /// <summary>Largest absolute difference of two entries.</summary>
    public static double MaxDifference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        RequireSameLength(left, right);
        var largest = 0.0;
        for (var i = 0; i < left.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)left[i] - right[i]));
        }

        return largest;
    }

    private static void RequireSameLength(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        if (left.Length != right.Length)
        {
            throw new ArgumentException($"{left.Length} entries against {right.Length}.");
        }
    }
}
