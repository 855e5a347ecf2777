using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Grains;

/// <inheritdoc cref="ISiloEndpoint"/>
internal sealed class SiloEndpoint(
    Orleans.Runtime.Silo silo, IGrainFactory grains, IOptions<ClusterMemberOptions> member, SiloEndpointMetrics metrics, ILoggerFactory loggers)
    : GrainService(SiloEndpointId.At(SiloAddress.Zero), silo, loggers), ISiloEndpoint
{
    /// <inheritdoc/>
    public Task<SiloCatalog> DescribeAsync(string silo, CancellationToken cancellationToken) =>
        grains.GetGrain<ISiloCatalogGrain>(silo).GetAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<EmbedReply> EmbedAsync(DeviceAddress device, EmbedRequest request, CancellationToken cancellationToken)
    {
        metrics.Entered(forwarded: device.Silo != member.Value.SiloName);
        var reply = await grains.GetGrain<IInferenceGrain>(device.ToString()).EmbedAsync(request, cancellationToken);
        // The device of this silo has released them already. Those that went on to another are out; after a failure they might not be yet.
        request.Crops.Release();
        return reply;
    }
}
