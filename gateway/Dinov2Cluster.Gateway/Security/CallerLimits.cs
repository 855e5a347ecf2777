namespace Dinov2Cluster.Gateway.Security;

/// <summary>How much a caller may ask for; see <see cref="LimitOptions"/>.</summary>
internal readonly record struct CallerLimits(double? ImagesPerSecond, double? RequestsPerSecond, long? ImageQuota, TimeSpan QuotaPeriod)
{
    private const double LowestRate = 0.001;
    private const double HighestRate = 100_000;

    private static readonly TimeSpan _shortestPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestPeriod = TimeSpan.FromDays(366);

    /// <summary>Whether there is any.</summary>
    public bool AreSet => ImagesPerSecond is not null || RequestsPerSecond is not null || ImageQuota is not null;

    /// <summary>Reads and checks the limits of a section.</summary>
    public static CallerLimits Read(string section, LimitOptions options, List<string> errors)
    {
        if (options.ImagesPerSecond is { } images && !IsRate(images))
        {
            errors.Add($"{section}:{nameof(ImagesPerSecond)} must be from 0.001 to 100000.");
        }

        if (options.RequestsPerSecond is { } requests && !IsRate(requests))
        {
            errors.Add($"{section}:{nameof(RequestsPerSecond)} must be from 0.001 to 100000.");
        }

        if (options.ImageQuota < 1)
        {
            errors.Add($"{section}:{nameof(ImageQuota)} must be at least 1.");
        }

        if (options.QuotaPeriod < _shortestPeriod || options.QuotaPeriod > _longestPeriod)
        {
            errors.Add($"{section}:{nameof(QuotaPeriod)} must be from one second to 366 days.");
        }

        return new(options.ImagesPerSecond, options.RequestsPerSecond, options.ImageQuota, options.QuotaPeriod);
    }

    private static bool IsRate(double value) => value is >= LowestRate and <= HighestRate;
}

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
