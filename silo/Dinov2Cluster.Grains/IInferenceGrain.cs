using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Grains;

/// <summary>One model on one device. Its key is a <see cref="DeviceAddress"/>, and it lives on the silo that the key names.</summary>
[Alias("dinov2.IInferenceGrain")]
public interface IInferenceGrain : IGrainWithStringKey
{
    /// <summary>Computes the features of the crops. Canceled crops are dropped before they cost compute.</summary>
    [Alias("Embed")]
    Task<EmbedReply> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken);
}

/// <summary>What one silo serves. Its key is the silo's name, and it lives on that silo.</summary>
[Alias("dinov2.ISiloCatalogGrain")]
public interface ISiloCatalogGrain : IGrainWithStringKey
{
    /// <summary>The silo's current devices and models.</summary>
    [Alias("Get")]
    Task<SiloCatalog> GetAsync(CancellationToken cancellationToken);
}
