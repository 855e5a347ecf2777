using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Asks any silo for the members, and each member for its catalog.</summary>
internal sealed class GrainClusterCatalog(IGrainFactory grains, ILogger<GrainClusterCatalog> logger) : IClusterCatalog
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<SiloCatalog>> ReadAsync(CancellationToken cancellationToken)
    {
        var silos = await grains.GetGrain<IMembershipGrain>(0).GetActiveSilosAsync(cancellationToken);
        var catalogs = await Task.WhenAll(silos.Select(silo => TryReadAsync(silo, cancellationToken)));
        return [.. catalogs.OfType<SiloCatalog>()];
    }

    private async Task<SiloCatalog?> TryReadAsync(string silo, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<ISiloCatalogGrain>(silo).GetAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            RoutingLog.SiloCatalogFailed(logger, silo, exception);
            return null;
        }
    }
}
