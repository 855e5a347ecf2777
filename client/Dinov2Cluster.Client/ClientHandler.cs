using System.Net;

namespace Dinov2Cluster.Client;

/// <summary>Creates the connections to the gateway.</summary>
internal static class ClientHandler
{
    /// <summary>The caller's handler, or a new one.</summary>
    public static HttpMessageHandler For(Dinov2ClientOptions options) => options.HttpHandler ?? new SocketsHttpHandler
    {
        // A redirect would send images and key to an address that nobody configured.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // Finds new addresses behind the same name.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        EnableMultipleHttp2Connections = true,
        // Detects a vanished peer while a request waits for it.
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(20),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
    };
}
