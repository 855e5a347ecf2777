using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Caching;

/// <summary>
/// Remembers the features of images that were sent before, in bounded memory, and lets identical images that are under way be computed once.
/// </summary>
internal sealed class EmbeddingCache
{
    private const int MaxShards = 16;

    // With less, a shard would hold so few of the larger models' features that luck decides what stays.
    private const long BytesPerShard = 4 << 20;

    private readonly CacheShard[] _shards;
    private long _evictions;

    public EmbeddingCache(IOptions<CacheOptions> options)
    {
        var maxBytes = options.Value.MaxBytes;
        _shards = new CacheShard[maxBytes == 0 ? 0 : (int)Math.Clamp(maxBytes / BytesPerShard, 1, MaxShards)];
        for (var i = 0; i < _shards.Length; i++)
        {
            _shards[i] = new CacheShard(maxBytes / _shards.Length);
        }
    }

    /// <summary>Bytes that the remembered features take now.</summary>
    public long Bytes
    {
        get
        {
            var bytes = 0L;
            foreach (var shard in _shards)
            {
                bytes += shard.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>Features that were forgotten for lack of room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Whether features of a model are remembered: not when the cache is off, nor without a checksum that says which weights they came from.</summary>
    public bool Covers(ServedModel model) => _shards.Length > 0 && model.Checksum.Length > 0;

    /// <summary>Finds an image's features.</summary>
    /// <param name="key">The image.</param>
    /// <param name="share">Whether the caller may wait for another one's computation. If not, and somebody computes, the answer is empty.</param>
    public CacheLookup Find(CacheKey key, bool share) => ShardOf(key).Find(key, share);

    /// <summary>Remembers what a flight computed, and gives it to those who wait. Once completed or abandoned a flight stays so.</summary>
    public void Complete(EmbeddingFlight flight, ReadOnlySpan<float> features)
    {
        // A copy: the answer it comes from holds other rows too.
        var own = features.ToArray();
        Interlocked.Add(ref _evictions, ShardOf(flight.Key).Complete(flight, own));
        flight.Land(own);
    }

    /// <summary>Tells those who wait for a flight to compute for themselves.</summary>
    public void Abandon(EmbeddingFlight flight)
    {
        ShardOf(flight.Key).Abandon(flight);
        flight.Land(null);
    }

    private CacheShard ShardOf(CacheKey key) => _shards[(int)((uint)(key.High >> 96) % (uint)_shards.Length)];
}
