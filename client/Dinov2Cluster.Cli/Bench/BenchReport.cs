namespace Dinov2Cluster.Cli.Bench;

/// <summary>What a measurement found. Its names are those of the JSON, in snake case.</summary>
/// <param name="Protocol">How the gateway was called.</param>
/// <param name="Model">The model that answered; empty when the gateway doesn't say.</param>
/// <param name="Features">Numbers per image.</param>
/// <param name="ImageBytes">Size of the image file that was sent.</param>
/// <param name="Concurrency">Requests under way at once; null when they arrived at a rate.</param>
/// <param name="Rate">Images per second that arrived; null when answers let requests go.</param>
/// <param name="ImagesPerRequest">Images in a request.</param>
/// <param name="Seconds">From the first request to the last answer.</param>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Images">Images with features.</param>
/// <param name="ImagesPerSecond">Of those, per second.</param>
/// <param name="LatencyMs">Times of the requests; null when none was answered.</param>
/// <param name="Errors">Images without features, by the reason.</param>
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
