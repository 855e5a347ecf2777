using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="ISiloEntry"/>
internal sealed class SiloEntry(Orleans.Runtime.Silo silo, IGrainFactory grains, ILoggerFactory loggers)
    : GrainService(SiloEntryId.At(SiloAddress.Zero), silo, loggers), ISiloEntry
{
    /// <inheritdoc/>
    public Task<SiloCatalog> DescribeAsync(string silo, CancellationToken cancellationToken) =>
        grains.GetGrain<ISiloCatalogGrain>(silo).GetAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<EmbedReply> EmbedAsync(DeviceAddress device, EmbedRequest request, CancellationToken cancellationToken) =>
        grains.GetGrain<IInferenceGrain>(device.ToString()).EmbedAsync(request, cancellationToken);
}
