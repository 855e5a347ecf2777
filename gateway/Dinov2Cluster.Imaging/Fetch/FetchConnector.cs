using System.Net;
using System.Net.Sockets;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>
/// Opens every connection of the fetcher. A host is resolved once per connection, and the very addresses that were checked are dialled:
/// a name server that changes its answer (DNS rebinding) gains nothing.
/// </summary>
internal sealed class FetchConnector(FetchRules rules, IHostResolver resolver, TimeSpan timeout, TimeProvider timeProvider)
{
    // A name may have hundreds of addresses; dialling them all for one fetch would make us somebody's scanner.
    private const int MaxDials = 4;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken);

    /// <summary>Connects to a host in the form that <see cref="FetchUrl"/> gives it.</summary>
    /// <exception cref="FetchRefusedException">One of its addresses may not be dialled, or it has none.</exception>
    /// <exception cref="TimeoutException">It took longer than the connect time-out.</exception>
    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, timeProvider);
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

        var addresses = new IPAddress[found.Count];
        for (var i = 0; i < addresses.Length; i++)
        {
            // Unmapped first, so that the form that was checked is the form that is dialled.
            addresses[i] = found[i].IsIPv4MappedToIPv6 ? found[i].MapToIPv4() : found[i];
            if (!rules.Permits(host, port, addresses[i]))
            {
                throw new FetchRefusedException($"{addresses[i]} port {port} is not open to fetches");
            }
        }

        return addresses;
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
