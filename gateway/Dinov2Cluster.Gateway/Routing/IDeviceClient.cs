using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Calls one device.</summary>
internal interface IDeviceClient
{
    Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken);
}

/// <summary>Calls a device at its silo endpoint, or through the cluster when the endpoint isn't known.</summary>
internal sealed class GrainDeviceClient(IGrainFactory grains) : IDeviceClient
{
    public Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken) => device.Endpoint is { } endpoint
        ? grains.GetGrain<ISiloEndpoint>(SiloEndpointId.At(endpoint)).EmbedAsync(device.Address, request, cancellationToken)
        : grains.GetGrain<IInferenceGrain>(device.Address.ToString()).EmbedAsync(request, cancellationToken);
}
