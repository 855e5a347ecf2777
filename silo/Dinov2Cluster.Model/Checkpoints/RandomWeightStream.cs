using System.Runtime.Intrinsics;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// Seeded, nearly normal float32 numbers for one tensor, the same bits on every machine. Element i is a function of seed, tensor and i
/// alone: two rounds of an integer hash give four 16-bit uniform numbers, and their sum (Irwin-Hall, n = 4) is bell-shaped within 3.46
/// standard deviations. Only integer operations and single IEEE 754 operations are used, so vector width changes nothing.
/// </summary>
internal sealed class RandomWeightStream
{
    // Of the sum of four uniform numbers 0..65535: mean 4 * 65535 / 2, variance 4 * (65536^2 - 1) / 12.
    private const int SumMean = 131070;
    private const double SumDeviation = 37837.22761;

    private readonly uint _key0;
    private readonly uint _key1;
    private readonly uint _key2;
    private readonly float _mean;
    private readonly float _scale;
    private uint _position;

    public RandomWeightStream(int seed, int tensor, double mean, double standardDeviation)
    {
        var state = ((ulong)(uint)seed << 32) | (uint)tensor;
        var first = SplitMix(ref state);
        _key0 = (uint)first;
        _key1 = (uint)(first >> 32);
        _key2 = (uint)SplitMix(ref state);
        _mean = (float)mean;
        _scale = (float)(standardDeviation / SumDeviation);
    }

    /// <summary>The next numbers of the tensor; a tensor has fewer than 2^32.</summary>
    public void Fill(Span<float> destination)
    {
        var counter = Vector256.Create(_position) + Vector256<uint>.Indices;
        var i = 0;
        for (; i <= destination.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Next(counter).CopyTo(destination[i..]);
            counter += Vector256.Create((uint)Vector256<float>.Count);
        }

        for (var last = Next(counter); i < destination.Length; i++)
        {
            destination[i] = last[i % Vector256<float>.Count];
        }

        _position += (uint)destination.Length;
    }

    private Vector256<float> Next(Vector256<uint> counter)
    {
        var a = Hash(Hash(counter + Vector256.Create(_key0)) ^ Vector256.Create(_key1));
        var b = Hash(a ^ Vector256.Create(_key2));
        var low = Vector256.Create(0xFFFFu);
        var sum = (a & low) + (a >>> 16) + (b & low) + (b >>> 16);
        var centered = Vector256.ConvertToSingle(sum.AsInt32() - Vector256.Create(SumMean));
        return (centered * _scale) + Vector256.Create(_mean);
    }

    // "lowbias32", a bijective 32-bit mixer with published constants (Chris Wellons, "Prospecting for Hash Functions").
    private static Vector256<uint> Hash(Vector256<uint> x)
    {
        x ^= x >>> 16;
        x *= Vector256.Create(0x7FEB352Du);
        x ^= x >>> 15;
        x *= Vector256.Create(0x846CA68Bu);
        return x ^ (x >>> 16);
    }

    // SplitMix64 (Steele, Lea and Flood 2014; constants of Vigna's public-domain reference).
    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
