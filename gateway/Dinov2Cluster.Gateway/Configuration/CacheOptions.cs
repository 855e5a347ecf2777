using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>The gateway's memory of features, section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Cache";

    /// <summary>Most bytes that features, keys and their bookkeeping take. 0, the default, means that nothing is remembered.</summary>
    [Range(0, long.MaxValue)]
    public long MaxBytes { get; set; }
}
