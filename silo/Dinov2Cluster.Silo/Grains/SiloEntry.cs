using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Silo.Models;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="ISiloEntry"/>
internal sealed class SiloEntry(Orleans.Runtime.Silo silo, ModelHost host, IGrainFactory grains, ILoggerFactory loggers)
    : GrainService(SiloEntryId.At(SiloAddress.Zero), silo, loggers), ISiloEntry
{
    /// <inheritdoc/>
    public Task<SiloCatalog> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(host.Describe());

    /// <inheritdoc/>
    public Task<EmbedReply> EmbedAsync(DeviceAddress device, EmbedRequest request, CancellationToken cancellationToken) =>
        grains.GetGrain<IInferenceGrain>(device.ToString()).EmbedAsync(request, cancellationToken);
}
