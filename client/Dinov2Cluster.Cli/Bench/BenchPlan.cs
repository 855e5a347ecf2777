namespace Dinov2Cluster.Cli.Bench;

/// <summary>Settings of a measurement.</summary>
/// <param name="Protocol"><c>grpc</c>, <c>grpc-stream</c> or <c>http</c>.</param>
/// <param name="Concurrency">Requests in flight at once, or images in the stream.</param>
/// <param name="ImagesPerRequest">Images in a request.</param>
/// <param name="Duration">How long requests are sent.</param>
/// <param name="Rate">Images per second that are sent without waiting for answers; null when each answer starts the next request.</param>
internal sealed record BenchPlan(string Protocol, int Concurrency, int ImagesPerRequest, TimeSpan Duration, double? Rate)
{
    public const string Stream = "grpc-stream";

    /// <summary>Most requests in flight with <see cref="Rate"/>; further requests count as not sent.</summary>
    public const int MaxOpenRequests = 4096;

    /// <summary>The image when none is named: a 640 x 427 JPEG of smoothed noise, as large as a photograph of that size.</summary>
    public static byte[] SampleImage()
    {
        using var resource = typeof(BenchPlan).Assembly.GetManifestResourceStream(typeof(BenchPlan), "sample-640x427.jpg")!;
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    }
}
