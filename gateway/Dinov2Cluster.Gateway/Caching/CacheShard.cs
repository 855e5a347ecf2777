namespace Dinov2Cluster.Gateway.Caching;

/// <summary>
/// A part of the cache with its own lock. It evicts by SIEVE (Zhang et al., NSDI 2024): entries stay in the order they came, a hit only
/// marks its entry, and a hand that moves from the oldest to the newest evicts the first one without a mark and clears the marks before it.
/// </summary>
internal sealed class CacheShard(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CacheKey, CacheEntry> _entries = [];
    private readonly Dictionary<CacheKey, EmbeddingFlight> _flights = [];
    private CacheEntry? _newest;
    private CacheEntry? _oldest;
    private CacheEntry? _hand;
    private long _bytes;

    /// <summary>Bytes that the entries take now.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Finds features, or the request that computes them, or makes the caller compute them.</summary>
    public CacheLookup Find(CacheKey key, bool share)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry))
            {
                entry.Visited = true;
                return new(entry.Features, null, null);
            }

            if (_flights.TryGetValue(key, out var flight))
            {
                return new(null, share ? flight : null, null);
            }

            flight = new EmbeddingFlight(key);
            _flights.Add(key, flight);
            return new(null, null, flight);
        }
    }

    /// <summary>Remembers a flight's features.</summary>
    /// <returns>Number of evicted entries.</returns>
    public int Complete(EmbeddingFlight flight, float[] features)
    {
        lock (_lock)
        {
            return RemoveFlight(flight) ? Add(new CacheEntry(flight.Key, features)) : 0;
        }
    }

    /// <summary>Forgets a flight.</summary>
    public void Abandon(EmbeddingFlight flight)
    {
        lock (_lock)
        {
            RemoveFlight(flight);
        }
    }

    private bool RemoveFlight(EmbeddingFlight flight) =>
        _flights.TryGetValue(flight.Key, out var current) && current == flight && _flights.Remove(flight.Key);

    private int Add(CacheEntry entry)
    {
        if (entry.Bytes > maxBytes)
        {
            return 0;
        }

        var evicted = 0;
        for (; _bytes + entry.Bytes > maxBytes; evicted++)
        {
            Evict();
        }

        _entries.Add(entry.Key, entry);
        _bytes += entry.Bytes;
        entry.Older = _newest;
        if (_newest is null)
        {
            _oldest = entry;
        }
        else
        {
            _newest.Newer = entry;
        }

        _newest = entry;
        return evicted;
    }

    private void Evict()
    {
        var entry = _hand ?? _oldest!;
        while (entry.Visited)
        {
            entry.Visited = false;
            entry = entry.Newer ?? _oldest!;
        }

        _hand = entry.Newer;
        if (entry.Newer is { } newer)
        {
            newer.Older = entry.Older;
        }
        else
        {
            _newest = entry.Older;
        }

        if (entry.Older is { } older)
        {
            older.Newer = entry.Newer;
        }
        else
        {
            _oldest = entry.Newer;
        }

        _entries.Remove(entry.Key);
        _bytes -= entry.Bytes;
    }
}

/// <summary>Remembered features, a node of its shard's queue. The shard's lock guards it.</summary>
internal sealed class CacheEntry(CacheKey key, float[] features)
{
    // This object 96 and the array's header 24; in the dictionary a slot of 64 and a bucket of 4, twice that when the dictionary has just doubled.
    private const int Overhead = 256;

    public CacheKey Key { get; } = key;

    /// <summary>float32 [embedding size].</summary>
    public float[] Features { get; } = features;

    /// <summary>Memory with all bookkeeping.</summary>
    public long Bytes { get; } = BytesFor(features.Length);

    /// <summary>Whether there was a hit since the hand last passed.</summary>
    public bool Visited { get; set; }

    /// <summary>The next newer entry.</summary>
    public CacheEntry? Newer { get; set; }

    /// <summary>The next older entry.</summary>
    public CacheEntry? Older { get; set; }

    /// <summary>Memory of an entry with <paramref name="features"/> features.</summary>
    public static long BytesFor(int features) => ((long)features * sizeof(float)) + Overhead;
}
