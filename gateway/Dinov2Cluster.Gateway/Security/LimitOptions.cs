namespace Dinov2Cluster.Gateway.Security;

/// <summary>How much a caller may ask for. Each gateway counts on its own, from its start.</summary>
internal abstract class LimitOptions
{
    /// <summary>Images per second, 0.001 to 100,000; null for any. A second's worth, and at least one largest request, may come at once.</summary>
    public double? ImagesPerSecond { get; set; }

    /// <summary>Requests (HTTP) and calls (gRPC) per second, 0.001 to 100,000; null for any. A second's worth, and at least one, may come at once.</summary>
    public double? RequestsPerSecond { get; set; }

    /// <summary>Images per <see cref="QuotaPeriod"/>; null for any.</summary>
    public long? ImageQuota { get; set; }

    /// <summary>
    /// Length of the quota's periods, one second to 366 days. Default one day. They follow each other from 0001-01-01 UTC on, so days begin
    /// at midnight UTC, and seven days on a Monday, at every gateway.
    /// </summary>
    public TimeSpan QuotaPeriod { get; set; } = TimeSpan.FromDays(1);
}
