using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;
using Orleans.Services;

namespace Dinov2Cluster.Grains;

/// <summary>
/// Where a silo takes calls. A client's call to a grain enters the cluster through a silo that the grain's id picks, usually not the one that owns
/// the device. A call to the endpoint goes straight to the silo it names: nothing is forwarded, and a silo that hangs delays no other.
/// </summary>
[Alias("dinov2.ISiloEndpoint")]
public interface ISiloEndpoint : IGrainService
{
    /// <summary>What <paramref name="silo"/> serves. This silo answers for itself and asks the <see cref="ISiloCatalogGrain"/> of another.</summary>
    [Alias("Describe")]
    Task<SiloCatalog> DescribeAsync(string silo, CancellationToken cancellationToken);

    /// <summary>Computes the features of the crops on a device of this silo, or forwards them to the <see cref="IInferenceGrain"/> of another silo's device.</summary>
    [Alias("Embed")]
    Task<EmbedReply> EmbedAsync(DeviceAddress device, EmbedRequest request, CancellationToken cancellationToken);
}

/// <summary>Grain ids of silo endpoints.</summary>
public static class SiloEndpointId
{
    // Any number that no other grain service of the cluster has.
    private const int TypeCode = 0x0d12_0002;

    /// <summary>The endpoint of the silo that listens for clients at <paramref name="gateway"/>.</summary>
    /// <param name="gateway">Address and port for clients, generation 0: so the client finds it among the gateways it knows.</param>
    public static GrainId At(SiloAddress gateway) => SystemTargetGrainId.CreateGrainServiceGrainId(TypeCode, null!, gateway);
}
