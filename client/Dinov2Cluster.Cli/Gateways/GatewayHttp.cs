using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Gateways;

/// <summary>Plain HTTP to a gateway.</summary>
/// <param name="target">The gateway.</param>
/// <param name="maxBytes">Most bytes of an answer.</param>
internal sealed class GatewayHttp(GatewayTarget target, int maxBytes) : IDisposable
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        // A redirect would send the key to an address that the user didn't name.
        AllowAutoRedirect = false,
        UseCookies = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = maxBytes,
    };

    /// <summary>Runs one exchange, which may consist of several requests.</summary>
    /// <exception cref="CommandException">It doesn't end within the timeout.</exception>
    public async Task<T> RunAsync<T>(Func<HttpClient, CancellationToken, Task<T>> exchange, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, target.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await exchange(_client, linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw GatewayErrors.Silent(target.Url);
        }
    }

    public void Dispose() => _client.Dispose();
}
