using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Calls a device's inference grain.</summary>
internal sealed class GrainDeviceClient(IGrainFactory grains) : IDeviceClient
{
    /// <inheritdoc/>
    public Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken) =>
        grains.GetGrain<IInferenceGrain>(device.Address.ToString()).EmbedAsync(request, cancellationToken);
}
