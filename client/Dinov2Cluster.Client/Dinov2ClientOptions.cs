namespace Dinov2Cluster.Client;

/// <summary>Settings of a <see cref="Dinov2Client"/>, which copies them when it is made.</summary>
public sealed class Dinov2ClientOptions
{
    /// <summary>
    /// The gateway: for gRPC such as <c>http://gateway:8081</c> (HTTP/2 without TLS) or <c>https://...</c>; for HTTP such as
    /// <c>http://gateway:8080</c>, or the whole scoring URL of an Azure ML endpoint, ending in <c>/score</c>. Required.
    /// </summary>
    public Uri? Address { get; set; }

    /// <summary>gRPC unless set otherwise.</summary>
    public Dinov2Protocol Protocol { get; set; }

    /// <summary>
    /// Sent as <c>Authorization: Bearer KEY</c> with each request to <see cref="Address"/>, and to nowhere else: redirects aren't followed. Without
    /// TLS the network between can read it; null for none.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>Name of the model of calls that don't name one; null for the gateway's default.</summary>
    public string? Model { get; set; }

    /// <summary>
    /// Images of one <c>EmbedManyAsync</c> or <c>EmbedBatchAsync</c> that are in memory and unanswered at once, 1 to 4096. Enough of them keep the
    /// devices' batches full.
    /// </summary>
    public int Concurrency { get; set; } = 64;

    /// <summary>
    /// Most images of one request, 1 to 256, where many are asked for (<c>EmbedBatchAsync</c>, and <c>EmbedManyAsync</c> over HTTP). Requests with
    /// large images take fewer.
    /// </summary>
    public int ImagesPerRequest { get; set; } = 16;

    /// <summary>Largest image file that is sent, in bytes, at most 125 MB. The gateway has its own limit, 20 MB by default.</summary>
    public int MaxImageBytes { get; set; } = 20_000_000;

    /// <summary>Longest time for a call that doesn't set <see cref="EmbedOptions.Deadline"/>, every retry in it. At most a day.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request is tried again after overload or when the service can't be reached, 0 to 100.</summary>
    public int MaxRetries { get; set; } = 10;

    /// <summary>
    /// Longest wait before the first retry; it doubles with each further one, and the wait is a random part of it (full jitter). The gateway's
    /// <c>Retry-After</c> is waited for besides.
    /// </summary>
    public TimeSpan RetryBaseDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Where the doubling of <see cref="RetryBaseDelay"/> ends.</summary>
    public TimeSpan RetryMaxDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sends the requests instead of the client's own <see cref="SocketsHttpHandler"/>: for proxies, certificates or tests. It should not follow
    /// redirects. The client doesn't dispose it.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; set; }
}
