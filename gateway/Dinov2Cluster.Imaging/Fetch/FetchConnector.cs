using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// Opens every connection of the fetcher. A host is resolved once per connection, and exactly the addresses that were checked are dialed:
/// a name server that changes its answer (DNS rebinding) gains nothing.
/// </summary>
/// <param name="options">Valid options.</param>
/// <param name="resolver">Finds the addresses of names.</param>
/// <param name="time">Clock of the connect timeout.</param>
internal sealed class FetchConnector(FetchOptions options, IHostResolver resolver, TimeProvider time)
{
    // A name may have hundreds of addresses; dialing them all for one fetch would make us a port scanner.
    private const int MaxDials = 4;

    private const int MaxHeaderKilobytes = 16;

    // Connections are kept between fetches. They are pooled by scheme, host and port, and the rules' verdict on (host, port, address)
    // never changes, so a new check would allow a reused connection as well. The times are short, so that new addresses of a host are used soon.
    private static readonly TimeSpan _connectionLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _connectionIdle = TimeSpan.FromSeconds(15);

    private readonly FetchRules _rules = FetchRules.Create(options, []);

    /// <summary>Makes an HTTP handler for untrusted servers, which opens connections only through this connector.</summary>
    public SocketsHttpHandler CreateHandler() => new()
    {
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken),
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        Credentials = null,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        // No traceparent: our traces do not concern other servers.
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        // The rest of a refused body is not read; the connection is closed instead.
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = _connectionLifetime,
        PooledConnectionIdleTimeout = _connectionIdle,
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

    /// <summary>Connects to a host in the canonical form of <see cref="FetchUrl"/>.</summary>
    /// <exception cref="FetchRefusedException">One of its addresses may not be dialed, or it has none.</exception>
    /// <exception cref="TimeoutException">It took longer than the connect timeout.</exception>
    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(options.ConnectTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await DialAsync(await ResolveAsync(host, port, linked.Token), port, linked.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the host was not connected in time");
        }
    }

    private async ValueTask<IPAddress[]> ResolveAsync(string host, int port, CancellationToken cancellationToken)
    {
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolver.ResolveAsync(host, cancellationToken);
        if (found.Count == 0)
        {
            throw new FetchRefusedException("the host has no address");
        }

        // Unmapped first, so that the form that was checked is the form that is dialed.
        IPAddress[] addresses = [.. found.Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)];
        return Array.Find(addresses, address => !_rules.Permits(host, port, address)) is { } refused
            ? throw new FetchRefusedException($"{refused} port {port} is not open to fetches")
            : addresses;
    }

    private static async ValueTask<Stream> DialAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (i + 1 < Math.Min(addresses.Length, MaxDials))
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
