using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Caching;

/// <summary>
/// Remembers the features of images that were sent before, in bounded memory. Identical images of concurrent requests are computed once.
/// </summary>
internal sealed class EmbeddingCache
{
    private const int MaxShards = 16;

    // A smaller shard would hold so few features of a large model that luck decides which stay.
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

    /// <summary>Features that were evicted to make room.</summary>
    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>Whether features of a model are remembered: not when the cache is off, nor for a model without a checksum of its weights.</summary>
    public bool Covers(ServedModel model) => _shards.Length > 0 && model.Checksum.Length > 0;

    /// <summary>Finds an image's features.</summary>
    /// <param name="key">The image.</param>
    /// <param name="share">Whether the caller may wait for another request that computes the image. If not, and one does, the result is empty.</param>
    public CacheLookup Find(CacheKey key, bool share) => ShardOf(key).Find(key, share);

    /// <summary>Remembers what a flight computed, and gives it to those who wait. Only the first call for a flight counts.</summary>
    public void Complete(EmbeddingFlight? flight, ReadOnlySpan<float> features)
    {
        if (flight is not null)
        {
            // A copy: the answer it comes from holds other rows too.
            var own = features.ToArray();
            Interlocked.Add(ref _evictions, ShardOf(flight.Key).Complete(flight, own));
            flight.Land(own);
        }
    }

    /// <summary>Makes those who wait for a flight compute for themselves. Nothing happens if it was completed.</summary>
    public void Abandon(EmbeddingFlight? flight)
    {
        if (flight is not null)
        {
            ShardOf(flight.Key).Abandon(flight);
            flight.Land(null);
        }
    }

    private CacheShard ShardOf(CacheKey key) => _shards[(int)((uint)(key.High >> 96) % (uint)_shards.Length)];
}

/// <summary>The result of a lookup; at most one of the three is there.</summary>
/// <param name="Features">The remembered features, float32 [embedding size].</param>
/// <param name="Joined">Another request computes them: wait for this.</param>
/// <param name="Led">No request does: the caller must, and then complete or abandon this.</param>
internal readonly record struct CacheLookup(float[]? Features, EmbeddingFlight? Joined, EmbeddingFlight? Led);

/// <summary>Where the rows of one request came from; their sum is the number of rows.</summary>
/// <param name="Hits">Remembered.</param>
/// <param name="Misses">Computed for this request.</param>
/// <param name="Joined">Computed for another row or request at the same time.</param>
internal readonly record struct CacheCounts(int Hits, int Misses, int Joined);

/// <summary>Features that one request computes now, while others wait for them instead of computing them too.</summary>
internal sealed class EmbeddingFlight(CacheKey key)
{
    // The waiting requests must not run inside the one that computes.
    private readonly TaskCompletionSource<float[]?> _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CacheKey Key { get; } = key;

    /// <summary>float32 [embedding size]; null when the request that computes them failed, which is not a failure of those who wait.</summary>
    public Task<float[]?> Features => _landed.Task;

    /// <summary>Ends the wait. Only the first call counts.</summary>
    public void Land(float[]? features) => _landed.TrySetResult(features);
}

/// <summary>Names the features of one image by one model: a SHA-256, so that no client can make two images share one.</summary>
internal readonly record struct CacheKey(UInt128 High, UInt128 Low)
{
    /// <summary>
    /// The key of an image's bytes for a model and an output: SHA-256 over the bytes' SHA-256, the model's sizes, the kind of the bytes, the output and
    /// the model's checksum.
    /// </summary>
    public static CacheKey For(ReadOnlySpan<byte> source, ImageInputKind kind, ServedModel model, Output output)
    {
        const int Sizes = 5 * sizeof(int);
        var text = Encoding.UTF8.GetByteCount(model.Checksum);
        var length = SHA256.HashSizeInBytes + Sizes + text;
        // A checksum has 64 characters; one from a silo of another version may have more.
        Span<byte> input = length <= 256 ? stackalloc byte[length] : new byte[length];
        SHA256.HashData(source, input);
        var rest = input[SHA256.HashSizeInBytes..];
        // Preprocessing counts too, and is not part of the weights.
        BinaryPrimitives.WriteInt32LittleEndian(rest, model.EmbeddingSize);
        BinaryPrimitives.WriteInt32LittleEndian(rest[sizeof(int)..], model.ShortestEdge);
        BinaryPrimitives.WriteInt32LittleEndian(rest[(2 * sizeof(int))..], model.CropSize);
        // A crop may have the same bytes as a file.
        BinaryPrimitives.WriteInt32LittleEndian(rest[(3 * sizeof(int))..], (int)kind);
        BinaryPrimitives.WriteInt32LittleEndian(rest[(4 * sizeof(int))..], (int)output);
        Encoding.UTF8.GetBytes(model.Checksum, rest[Sizes..]);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return MemoryMarshal.Read<CacheKey>(hash);
    }

    /// <summary>Any part of a SHA-256 is a good hash code.</summary>
    public override int GetHashCode() => (int)(uint)Low;
}
