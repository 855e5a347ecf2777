using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Calls one device.</summary>
internal interface IDeviceClient
{
    Task<EmbedReply> EmbedAsync(DeviceState device, EmbedRequest request, CancellationToken cancellationToken);
}
