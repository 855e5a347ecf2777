using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Calls a device at its silo's own door, or through the cluster when the door isn't known.</summary>
internal sealed class GrainDeviceClient(IGrainFactory grains) : IDeviceClient
{
    /// <inheritdoc/>
    public Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken) => device.Gateway is { } gateway
        ? grains.GetGrain<ISiloEndpoint>(SiloEndpointId.At(gateway)).EmbedAsync(device.Address, request, cancellationToken)
        : grains.GetGrain<IInferenceGrain>(device.Address.ToString()).EmbedAsync(request, cancellationToken);
}
