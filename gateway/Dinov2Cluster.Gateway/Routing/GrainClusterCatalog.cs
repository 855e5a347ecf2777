using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Asks a silo at its own door, or through the cluster when the door isn't known.</summary>
internal sealed class GrainClusterCatalog(IGrainFactory grains) : IClusterCatalog
{
    /// <inheritdoc/>
    public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken) => silo.Gateway is { } gateway
        ? grains.GetGrain<ISiloEndpoint>(SiloEndpointId.At(gateway)).DescribeAsync(silo.Name, cancellationToken)
        : grains.GetGrain<ISiloCatalogGrain>(silo.Name).GetAsync(cancellationToken);
}
