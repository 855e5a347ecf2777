using System.Net;
using Dinov2Cluster.Client.Settings;

namespace Dinov2Cluster.Client.Transport;

/// <summary>The connections to the gateway.</summary>
internal static class ClientHandler
{
    /// <summary>The caller's handler, or one of ours.</summary>
    public static HttpMessageHandler For(ClientSettings settings) => settings.HttpHandler ?? new SocketsHttpHandler
    {
        // A redirect would carry images and key to an address that nobody configured.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // So that new addresses behind the same name are found.
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        EnableMultipleHttp2Connections = true,
        // A peer that vanished without a word is noticed while something waits for it.
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(20),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
    };
}
