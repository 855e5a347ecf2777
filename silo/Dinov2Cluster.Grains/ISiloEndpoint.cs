using Dinov2Cluster.Grains.Messages;
using Orleans.Services;

namespace Dinov2Cluster.Grains;

/// <summary>
/// Where a silo takes calls. A client's call to a grain goes to a silo that the grain's id picks, mostly not the one that owns the device; a
/// call to a silo endpoint goes straight to its silo, so nothing is forwarded, and a silo that hangs delays no other.
/// </summary>
[Alias("dinov2.ISiloEndpoint")]
public interface ISiloEndpoint : IGrainService
{
    /// <summary>Asks the silo's <see cref="ISiloCatalogGrain"/>, on this silo or, when it's another's name, through the cluster.</summary>
    [Alias("Describe")]
    Task<SiloCatalog> DescribeAsync(string silo, CancellationToken cancellationToken);

    /// <summary>Calls the device's <see cref="IInferenceGrain"/>, on this silo or, when the silo isn't the owner, through the cluster.</summary>
    [Alias("Embed")]
    Task<EmbedReply> EmbedAsync(DeviceAddress device, EmbedRequest request, CancellationToken cancellationToken);
}
