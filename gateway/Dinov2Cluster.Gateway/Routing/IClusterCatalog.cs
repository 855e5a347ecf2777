using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Asks the cluster what it serves.</summary>
internal interface IClusterCatalog
{
    /// <summary>The catalogs of the silos that answered.</summary>
    Task<IReadOnlyList<SiloCatalog>> ReadAsync(CancellationToken cancellationToken);
}
