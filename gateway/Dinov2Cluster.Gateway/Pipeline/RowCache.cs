using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>What one request has to do with the cache.</summary>
/// <param name="cache">The cache; it covers the model.</param>
/// <param name="model">The model.</param>
/// <param name="output">Which features are wanted.</param>
/// <param name="features">Receives the features of each row that need not be computed.</param>
internal sealed class RowCache(EmbeddingCache cache, ServedModel model, Output output, ReadOnlyMemory<float>[] features)
{
    // A request that computes can leave. One after another may; a row that met two of them relies on nobody.
    private const int MaxJoins = 2;

    private readonly Lock _lock = new();
    private List<GroupedRow> _joined = [];
    private int _joins;
    private int _hits;
    private int _misses;
    private int _landed;

    /// <summary>Where the rows came from so far.</summary>
    public CacheCounts Counts => new(_hits, _misses, _landed);

    /// <summary>Finds the image's features, or who computes them.</summary>
    /// <returns>True when this request must compute them, and then complete or abandon <paramref name="led"/>, if there is one.</returns>
    public bool IsNeeded(int row, ReadOnlySpan<byte> source, ImageInputKind kind, out EmbeddingFlight? led)
    {
        var found = cache.Find(CacheKey.For(source, kind, model, output), share: _joins < MaxJoins);
        led = found.Led;
        if (found.Features is { } known)
        {
            features[row] = known;
            Interlocked.Increment(ref _hits);
            return false;
        }

        if (found.Joined is null)
        {
            Interlocked.Increment(ref _misses);
            return true;
        }

        lock (_lock)
        {
            _joined.Add(new GroupedRow(row, found.Joined));
        }

        return false;
    }

    /// <summary>Waits for the features that others compute. No row may be in work.</summary>
    /// <returns>Rows whose features won't come from there, ascending.</returns>
    public async Task<int[]> LandAsync(CancellationToken cancellationToken)
    {
        var joined = _joined;
        _joined = [];
        _joins++;
        var left = new List<int>();
        foreach (var (row, flight, _) in joined)
        {
            // A flight that has landed doesn't look at the token.
            cancellationToken.ThrowIfCancellationRequested();
            if (await flight!.Features.WaitAsync(cancellationToken) is { } known)
            {
                features[row] = known;
                _landed++;
            }
            else
            {
                left.Add(row);
            }
        }

        left.Sort();
        return [.. left];
    }

    /// <summary>A row was computed.</summary>
    public void Complete(EmbeddingFlight? flight, ReadOnlySpan<float> computed)
    {
        if (flight is not null)
        {
            cache.Complete(flight, computed);
        }
    }

    /// <summary>A row won't be computed.</summary>
    public void Abandon(EmbeddingFlight? flight)
    {
        if (flight is not null)
        {
            cache.Abandon(flight);
        }
    }
}
