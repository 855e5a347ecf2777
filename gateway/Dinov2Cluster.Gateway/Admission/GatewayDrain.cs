using Dinov2Cluster.Gateway.Configuration;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>
/// The first part of a shutdown: the gateway is not ready any more and asks clients to close their connections, but still takes requests, until
/// load balancers have noticed. Only then the host stops its services: the web server first, which answers all that it has accepted, and the way
/// to the devices (a cluster client, or a silo of its own) after it.
/// </summary>
internal sealed class GatewayDrain(IOptions<GatewayOptions> options, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _begun = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);

    /// <summary>Cancelled when a shutdown begins: for what would otherwise go on for as long as its client likes.</summary>
    public CancellationToken Begun => _begun.Token;

    /// <summary>Whether a shutdown has begun.</summary>
    public bool HasBegun => _begun.IsCancellationRequested;

    /// <summary>Comes before the host stops any service.</summary>
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
