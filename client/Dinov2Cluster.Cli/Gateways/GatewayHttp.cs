namespace Dinov2Cluster.Cli.Gateways;

/// <summary>Plain HTTP to a gateway.</summary>
internal static class GatewayHttp
{
    /// <summary>A client that asks one host only; the caller limits its time.</summary>
    /// <param name="maxBytes">Most bytes of an answer.</param>
    public static HttpClient CreateClient(int maxBytes) => new(new SocketsHttpHandler
    {
        // A redirect would carry the key to an address that nobody named.
        AllowAutoRedirect = false,
        UseCookies = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = maxBytes,
    };
}
