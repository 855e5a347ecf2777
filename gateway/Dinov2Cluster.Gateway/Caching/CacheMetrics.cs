using System.Diagnostics.Metrics;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Caching;

/// <summary>Size of the cache, on the gateway's meter.</summary>
internal sealed class CacheMetrics
{
    public CacheMetrics(IMeterFactory meters, EmbeddingCache cache, IOptions<CacheOptions> options)
    {
        var limit = options.Value.MaxBytes;
        var meter = meters.Create(GatewayMetrics.Name);
        meter.CreateObservableCounter(
            "dinov2.gateway.cache.evictions", () => cache.Evictions, "{image}", "Images whose features were forgotten for lack of room.");
        meter.CreateObservableUpDownCounter("dinov2.gateway.cache.size", () => cache.Bytes, "By", "Memory of the features in the cache.");
        meter.CreateObservableGauge("dinov2.gateway.cache.limit", () => limit, "By", "Most memory for features in the cache; 0 when it is off.");
    }
}
