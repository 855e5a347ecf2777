using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.Silo.Placement;
using Orleans.Concurrency;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="ISiloCatalogGrain"/>
[SiloPinnedPlacement, Reentrant, KeepAlive]
internal sealed class SiloCatalogGrain(ModelHost host) : Grain, ISiloCatalogGrain
{
    /// <inheritdoc/>
    public Task<SiloCatalog> GetAsync(CancellationToken cancellationToken) => Task.FromResult(host.Describe());
}
