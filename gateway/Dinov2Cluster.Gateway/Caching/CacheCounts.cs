namespace Dinov2Cluster.Gateway.Caching;

/// <summary>Where the rows of one request came from; their sum is the number of rows.</summary>
/// <param name="Hits">Remembered.</param>
/// <param name="Misses">Computed for this request.</param>
/// <param name="Joined">Computed for another row or request at the same time.</param>
internal readonly record struct CacheCounts(int Hits, int Misses, int Joined);
