using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.Silo.Placement;
using Orleans.Concurrency;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="IInferenceGrain"/>
/// <remarks>Has no state: the engine lives as long as the silo, so that a call never waits for a model to load.</remarks>
[SiloPinnedPlacement, Reentrant, KeepAlive]
internal sealed class InferenceGrain(DeviceCalls devices) : Grain, IInferenceGrain
{
    /// <inheritdoc/>
    public Task<EmbedReply> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken) =>
        devices.EmbedAsync(DeviceAddress.TryParse(this.GetPrimaryKeyString(), out var device) ? device : null, request, cancellationToken);
}

/// <inheritdoc cref="ISiloCatalogGrain"/>
[SiloPinnedPlacement, Reentrant, KeepAlive]
internal sealed class SiloCatalogGrain(ModelHost host) : Grain, ISiloCatalogGrain
{
    /// <inheritdoc/>
    public Task<SiloCatalog> GetAsync(CancellationToken cancellationToken) => Task.FromResult(host.Describe());
}
