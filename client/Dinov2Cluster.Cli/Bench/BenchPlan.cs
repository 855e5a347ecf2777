namespace Dinov2Cluster.Cli.Bench;

/// <summary>What a measurement does.</summary>
/// <param name="Protocol"><c>grpc</c>, <c>grpc-stream</c> or <c>http</c>.</param>
/// <param name="Concurrency">Requests under way at once, or images in the stream.</param>
/// <param name="ImagesPerRequest">Images in a request.</param>
/// <param name="Duration">How long requests are sent.</param>
/// <param name="Rate">Images per second that arrive whether or not others are answered; null when each answer lets the next request go.</param>
internal sealed record BenchPlan(string Protocol, int Concurrency, int ImagesPerRequest, TimeSpan Duration, double? Rate)
{
    public const string Stream = "grpc-stream";

    /// <summary>Requests under way at most when their arrival doesn't wait for answers: what comes beyond them is counted as not sent.</summary>
    public const int MaxOpenRequests = 4096;
}
