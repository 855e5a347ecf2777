using System.Text.Json.Serialization;

namespace Dinov2Cluster.Cli.Bench;

/// <summary>Result of a measurement. Its names, in snake case, are the names in the JSON.</summary>
/// <param name="Protocol">The protocol of the requests.</param>
/// <param name="Model">The model that answered; empty when the gateway doesn't report it.</param>
/// <param name="Features">Features per image.</param>
/// <param name="ImageBytes">Size of the image file that was sent.</param>
/// <param name="Concurrency">Requests in flight at once; null with a rate.</param>
/// <param name="Rate">Images per second that were sent; null without a rate.</param>
/// <param name="ImagesPerRequest">Images in a request.</param>
/// <param name="Seconds">From the first request to the last answer.</param>
/// <param name="Requests">Answered requests.</param>
/// <param name="Images">Images with features.</param>
/// <param name="ImagesPerSecond">Images with features, per second.</param>
/// <param name="LatencyMs">Latency of the requests; null when none was answered.</param>
/// <param name="Errors">Images without features, by reason.</param>
internal sealed record BenchReport(
    string Protocol,
    string Model,
    int Features,
    int ImageBytes,
    int? Concurrency,
    double? Rate,
    int ImagesPerRequest,
    double Seconds,
    long Requests,
    long Images,
    double ImagesPerSecond,
    BenchLatency? LatencyMs,
    IReadOnlyDictionary<string, long> Errors);

/// <summary>Quantiles of the latency, in milliseconds, and the exact maximum.</summary>
internal sealed record BenchLatency(double P50, double P90, double P99, double Max)
{
    /// <summary>Null when the histogram is empty.</summary>
    public static BenchLatency? From(LatencyHistogram latency) => latency.Quantile(0.5) is { } median
        ? new(Milliseconds(median), Milliseconds(latency.Quantile(0.9)!.Value), Milliseconds(latency.Quantile(0.99)!.Value), Milliseconds(latency.Max))
        : null;

    private static double Milliseconds(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 3);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class BenchReportJson : JsonSerializerContext;
