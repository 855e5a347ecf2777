namespace Dinov2Cluster.Gateway.Caching;

/// <summary>What the cache says of an image; at most one of the three is there.</summary>
/// <param name="Features">The remembered features, float32 [embedding size].</param>
/// <param name="Joined">Somebody computes them: wait for this.</param>
/// <param name="Led">Nobody does: the caller must, and then complete or abandon this.</param>
internal readonly record struct CacheLookup(float[]? Features, EmbeddingFlight? Joined, EmbeddingFlight? Led);
