using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Sets the HTTP stack up for servers that nobody vouches for.</summary>
internal static class FetchHandler
{
    private const int MaxHeaderKilobytes = 16;

    // Connections are kept between fetches: they are pooled by scheme, host and port, every one was opened by the connector, and its
    // verdict on (host, port, address) never changes, so a reused connection is one that a new check would allow as well. Short, so
    // that a host's new addresses are soon used.
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_connectionIdle = TimeSpan.FromSeconds(15);

    /// <summary>A handler that opens connections through <paramref name="connector"/> only.</summary>
    public static SocketsHttpHandler Create(FetchConnector connector) => new()
    {
        ConnectCallback = connector.ConnectAsync,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        Credentials = null,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        // No traceparent: what we do inside is no server's business.
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        // What is left of a refused body is not read, the connection is closed instead.
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = s_connectionLifetime,
        PooledConnectionIdleTimeout = s_connectionIdle,
        SslOptions = new SslClientAuthenticationOptions
        {
            // By default a chain's missing issuers are downloaded from URLs in the server's own certificate, past every check here.
            CertificateChainPolicy = new X509ChainPolicy
            {
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };
}
