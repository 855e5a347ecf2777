using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>
/// The first part of a shutdown: the gateway is no longer ready and asks clients to close their connections, but still takes requests, until load
/// balancers have noticed. Then the host stops its services: first the web server, which answers every accepted request, then the cluster client or
/// the silo of the same process.
/// </summary>
internal sealed class GatewayDrain(IOptions<GatewayOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
    : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _begun = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);

    /// <summary>Canceled when a shutdown begins: for calls whose client decides how long they last.</summary>
    public CancellationToken Begun => _begun.Token;

    /// <summary>Whether a shutdown has begun.</summary>
    public bool HasBegun => _begun.IsCancellationRequested;

    /// <summary>Runs before the host stops any service.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _begun.CancelAsync();
        await Task.Delay(options.Value.DrainDelay, time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _begun.Dispose();
}
