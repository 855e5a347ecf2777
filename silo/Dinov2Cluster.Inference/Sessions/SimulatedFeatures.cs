using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>Features of a simulated device: a function of the crop's bytes alone, so that a test can match rows and crops.</summary>
public static class SimulatedFeatures
{
    /// <summary>
    /// Fills <paramref name="features"/> with values in [-1, 1) from a hash of <paramref name="crop"/>. The CLS token comes first, then
    /// the patch tokens: a shorter request gives the beginning of a longer one.
    /// </summary>
    public static void Compute(ReadOnlySpan<byte> crop, Span<float> features)
    {
        var state = Hash(crop);
        for (var i = 0; i < features.Length; i++)
        {
            // SplitMix64 (Steele, Lea, Flood 2014); its top 24 bits fill a float's mantissa exactly.
            state += 0x9E3779B97F4A7C15;
            features[i] = ((Mix(state) >> 40) * (2f / (1 << 24))) - 1f;
        }
    }

    /// <summary>Mean of all patch tokens.</summary>
    public static void Average(ReadOnlySpan<float> tokens, Span<float> mean)
    {
        mean.Clear();
        for (var first = 0; first < tokens.Length; first += mean.Length)
        {
            TensorPrimitives.Add(mean, tokens.Slice(first, mean.Length), mean);
        }

        TensorPrimitives.Divide(mean, tokens.Length / mean.Length, mean);
    }

    private static ulong Hash(ReadOnlySpan<byte> crop)
    {
        var hash = (ulong)crop.Length;
        var words = MemoryMarshal.Cast<byte, ulong>(crop);
        foreach (var word in words)
        {
            hash = Mix(hash ^ word);
        }

        foreach (var value in crop[(words.Length * sizeof(ulong))..])
        {
            hash = Mix(hash ^ value);
        }

        return hash;
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
