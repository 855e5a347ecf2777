using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Reads what a silo serves.</summary>
internal interface IClusterCatalog
{
    /// <summary>The silo's catalog.</summary>
    /// <exception cref="Exception">The silo can't be reached.</exception>
    Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken);
}

/// <summary>Calls a silo at its endpoint, or through the cluster when the endpoint isn't known.</summary>
internal sealed class GrainClusterCatalog(IGrainFactory grains) : IClusterCatalog
{
    public Task<SiloCatalog> ReadAsync(SiloMember silo, CancellationToken cancellationToken) => silo.Endpoint is { } endpoint
        ? grains.GetGrain<ISiloEndpoint>(SiloEndpointId.At(endpoint)).DescribeAsync(silo.Name, cancellationToken)
        : grains.GetGrain<ISiloCatalogGrain>(silo.Name).GetAsync(cancellationToken);
}
