namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Keeps <see cref="View"/> close to what the cluster serves, by asking it every <see cref="Period"/>.</summary>
internal sealed class ClusterWatcher(IClusterCatalog catalog, TimeProvider time, ILogger<ClusterWatcher> logger) : BackgroundService
{
    /// <summary>Time between two readings. A silo that joined must get work within 3 s, so well under that.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>A reading that takes longer has failed.</summary>
    internal static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private volatile ClusterView _view = ClusterView.Empty;

    /// <summary>The latest picture of the cluster.</summary>
    public ClusterView View => _view;

    /// <summary>Reads the cluster once. A failed reading means that nothing is served: better a clear 503 than calls into the void.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var previous = _view;
        try
        {
            using var timeout = new CancellationTokenSource(Timeout, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            _view = previous.Next(await catalog.ReadAsync(linked.Token), time);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _view = ClusterView.Empty;
            RoutingLog.ClusterUnreachable(logger, exception);
        }

        if (!previous.Models.SequenceEqual(_view.Models))
        {
            RoutingLog.ModelsChanged(logger, string.Join(", ", _view.Models));
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                await RefreshAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
