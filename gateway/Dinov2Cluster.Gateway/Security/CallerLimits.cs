using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>A caller's limits; see <see cref="LimitOptions"/>.</summary>
internal readonly record struct CallerLimits(double? ImagesPerSecond, double? RequestsPerSecond, long? ImageQuota, TimeSpan QuotaPeriod)
{
    /// <summary>Whether there is any limit.</summary>
    public bool AreSet => ImagesPerSecond is not null || RequestsPerSecond is not null || ImageQuota is not null;

    /// <summary>Reads and checks the limits of a section.</summary>
    public static CallerLimits Read(string section, LimitOptions options, List<string> errors)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), results, validateAllProperties: true);
        errors.AddRange(results.Select(result => $"{section}:{result.MemberNames.First()} {result.ErrorMessage}"));
        return new(options.ImagesPerSecond, options.RequestsPerSecond, options.ImageQuota, options.QuotaPeriod);
    }
}

/// <summary>A caller's limits. Each gateway counts on its own, from its start.</summary>
internal abstract class LimitOptions
{
    private const string Rate = "must be from 0.001 to 100000.";

    /// <summary>Images per second, 0.001 to 100,000; null for any. A second's worth, and at least one largest request, may come at once.</summary>
    [Range(0.001, 100_000, ErrorMessage = Rate)]
    public double? ImagesPerSecond { get; set; }

    /// <summary>Requests (HTTP) and calls (gRPC) per second, 0.001 to 100,000; null for any. A second's worth, and at least one, may come at once.</summary>
    [Range(0.001, 100_000, ErrorMessage = Rate)]
    public double? RequestsPerSecond { get; set; }

    /// <summary>Images per <see cref="QuotaPeriod"/>; null for any.</summary>
    [Range(1, long.MaxValue, ErrorMessage = "must be at least 1.")]
    public long? ImageQuota { get; set; }

    /// <summary>
    /// Length of the quota's periods, one second to 366 days. Default one day. They follow each other from 0001-01-01 UTC on, so days begin
    /// at midnight UTC, and seven days on a Monday, at every gateway.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "366.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true,
        ErrorMessage = "must be from one second to 366 days.")]
    public TimeSpan QuotaPeriod { get; set; } = TimeSpan.FromDays(1);
}
