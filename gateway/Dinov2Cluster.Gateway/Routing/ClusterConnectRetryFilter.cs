namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Keeps trying to reach the cluster: a gateway may well start before its first silo.</summary>
internal sealed class ClusterConnectRetryFilter(TimeProvider time, ILogger<ClusterConnectRetryFilter> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        RoutingLog.ClusterConnectFailed(logger, exception);
        await Task.Delay(Period, time, cancellationToken);
        return true;
    }
}
