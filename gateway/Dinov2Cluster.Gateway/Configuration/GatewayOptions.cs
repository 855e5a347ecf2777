using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Gateway.Configuration;

/// <summary>Limits of one request, section <c>Gateway</c>.</summary>
internal sealed class GatewayOptions
{
    /// <summary>Configuration section.</summary>
    public const string Section = "Gateway";

    /// <summary>Address for gRPC without TLS (HTTP/2 with prior knowledge); empty for none. Default <c>http://127.0.0.1:8081</c>.</summary>
    public string GrpcUrl { get; set; } = "http://127.0.0.1:8081";

    /// <summary>
    /// Address for <c>/metrics</c> and <c>/cluster</c>, without a key, and <c>/health/*</c>, and no other route; empty (the default) for the addresses
    /// of all routes. No other address may have its port.
    /// </summary>
    public string ManagementUrl { get; set; } = "";

    /// <summary>Largest request body or gRPC message in bytes. Default 256 MB: as many images as a request may hold, at 1 MB each.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 256_000_000;

    /// <summary>Most images in one request, up to <c>Admission:MaxImages</c>: a larger request could never be admitted. Default 256.</summary>
    [Range(1, 65_536)]
    public int MaxImagesPerRequest { get; set; } = 256;

    /// <summary>Most bytes of float32 features in one reply. Default 256 MB: patch tokens of the giant are 1.6 MB per image.</summary>
    [Range(1 << 16, int.MaxValue)]
    public int MaxReplyBytes { get; set; } = 256_000_000;

    /// <summary>
    /// Longest time from a request's first byte to its answer. Default 60 s. The header <c>x-dinov2-deadline-ms</c> can shorten it.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Time from the start of a shutdown, when <c>/health/ready</c> turns to 503, until connections are no longer accepted: load balancers must
    /// notice within it. Default 1 s; behind a balancer that probes, more than its period times its threshold.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan DrainDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Images that are decoded at the same time, over all requests; 0 means one per core. Default 0.</summary>
    [Range(0, 1024)]
    public int DecodeParallelism { get; set; }

    /// <summary>URLs that are fetched at the same time, over all requests. A fetch holds no decoder. Default 64.</summary>
    [Range(1, 4096)]
    public int FetchParallelism { get; set; } = 64;

    /// <summary>Rows of one request that are fetched or decoded at the same time, so that a large request can't starve small ones. Default 16.</summary>
    [Range(1, 1024)]
    public int RowsInFlight { get; set; } = 16;

    /// <summary>
    /// Most images of one gRPC stream that are read and not yet answered. Beyond them flow control stops the client.
    /// Default 64: enough to fill a GPU's batches, 10 MB of crops.
    /// </summary>
    [Range(1, 4096)]
    public int StreamImagesInFlight { get; set; } = 64;
}
