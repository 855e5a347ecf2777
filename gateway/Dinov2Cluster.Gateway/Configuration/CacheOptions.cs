using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>The gateway's cache of features, section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Cache";

    /// <summary>Most bytes of features, keys and bookkeeping. 0, the default, turns the cache off.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; }
}
