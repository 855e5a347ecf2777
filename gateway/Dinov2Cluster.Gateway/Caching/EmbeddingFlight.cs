namespace Dinov2Cluster.Gateway.Caching;

/// <summary>Features that some request computes now, and that others wait for instead of computing them too.</summary>
internal sealed class EmbeddingFlight(CacheKey key)
{
    // Those who wait belong to other requests: they must not run inside the one that computes.
    private readonly TaskCompletionSource<float[]?> _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CacheKey Key { get; } = key;

    /// <summary>float32 [embedding size]; null when the request that computes them failed or went away, which is nobody else's failure.</summary>
    public Task<float[]?> Features => _landed.Task;

    /// <summary>Ends the wait. Only the first call counts.</summary>
    public void Land(float[]? features) => _landed.TrySetResult(features);
}
