using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Asks a silo what it serves.</summary>
internal interface IClusterCatalog
{
    /// <summary>The silo's catalog.</summary>
    /// <exception cref="Exception">The silo can't be reached.</exception>
    Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken);
}
