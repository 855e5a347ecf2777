namespace Dinov2Cluster.Gateway.Caching;

/// <summary>Remembered features, a node of its shard's queue. The shard's lock guards it.</summary>
internal sealed class CacheEntry(CacheKey key, float[] features)
{
    // This object 96 and the array's header 24; in the dictionary a slot of 64 and a bucket of 4, twice when it has just doubled.
    private const int Overhead = 256;

    public CacheKey Key { get; } = key;

    /// <summary>float32 [embedding size].</summary>
    public float[] Features { get; } = features;

    /// <summary>Bytes that it takes, with all its bookkeeping.</summary>
    public long Bytes { get; } = BytesFor(features.Length);

    /// <summary>Whether it was asked for since the hand last passed.</summary>
    public bool Visited { get; set; }

    /// <summary>The next one that came later.</summary>
    public CacheEntry? Newer { get; set; }

    /// <summary>The next one that came earlier.</summary>
    public CacheEntry? Older { get; set; }

    /// <summary>Bytes that an entry of so many features takes.</summary>
    public static long BytesFor(int features) => ((long)features * sizeof(float)) + Overhead;
}
