namespace Dinov2Cluster.Client;

/// <summary>Settings of a <see cref="Dinov2Client"/>, which copies them when it is created.</summary>
public sealed class Dinov2ClientOptions
{
    /// <summary>
    /// The gateway. For gRPC an address such as <c>http://gateway:8081</c> (HTTP/2 without TLS) or <c>https://...</c>; for HTTP an address such as
    /// <c>http://gateway:8080</c>, or the whole scoring URL of an Azure ML endpoint, which ends in <c>/score</c>. Required.
    /// </summary>
    public Uri? Address { get; set; }

    /// <summary>The protocol; default gRPC.</summary>
    public Dinov2Protocol Protocol { get; set; }

    /// <summary>
    /// Sent as <c>Authorization: Bearer KEY</c> with each request to <see cref="Address"/>, and nowhere else: redirects are not followed. Without
    /// TLS the network can read it. Null for no key.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>Model of calls that don't name one; null for the gateway's default.</summary>
    public string? Model { get; set; }

    /// <summary>
    /// Images of one <c>EmbedManyAsync</c> or <c>EmbedBatchAsync</c> that are in memory and unanswered at once, 1 to 4096. A large value keeps the
    /// batches of the devices full.
    /// </summary>
    public int Concurrency { get; set; } = 64;

    /// <summary>
    /// Most images per request, 1 to 256, for calls with many images (<c>EmbedBatchAsync</c>, and <c>EmbedManyAsync</c> over HTTP). Requests with
    /// large images hold fewer.
    /// </summary>
    public int ImagesPerRequest { get; set; } = 16;

    /// <summary>Largest image file that is sent, in bytes, at most 125 MB. The gateway has its own limit, 20 MB by default.</summary>
    public int MaxImageBytes { get; set; } = 20_000_000;

    /// <summary>Longest duration of a call that doesn't set <see cref="EmbedOptions.Deadline"/>, with all retries. At most a day.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Most retries of a request after overload, or when the service can't be reached, 0 to 100.</summary>
    public int MaxRetries { get; set; } = 10;

    /// <summary>
    /// Longest wait before the first retry. It doubles with each further retry, and the actual wait is a random part of it (full jitter). The
    /// gateway's <c>Retry-After</c> is added.
    /// </summary>
    public TimeSpan RetryBaseDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Upper limit of the doubled <see cref="RetryBaseDelay"/>.</summary>
    public TimeSpan RetryMaxDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sends the requests instead of the client's own <see cref="SocketsHttpHandler"/>: for proxies, certificates or tests. It should not follow
    /// redirects. The client doesn't dispose it.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    internal Dinov2ClientOptions Copy() => (Dinov2ClientOptions)MemberwiseClone();
}

/// <summary>The protocol between client and gateway. Methods and results are the same for both.</summary>
public enum Dinov2Protocol
{
    /// <summary>gRPC, <c>dinov2.v1.Embeddings</c>: images and features as bytes, and one stream for bulk. The faster protocol.</summary>
    Grpc,

    /// <summary>
    /// Azure ML's scoring protocol, <c>POST /score</c>: base64 in JSON, passes everything that HTTP/1.1 passes. An Azure ML endpoint of the
    /// catalog's DINOv2 model answers it too, with plain CLS features. It has no crops (<see cref="ImageSource.FromCrop"/>).
    /// </summary>
    Http,
}
