using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Grains;

/// <summary>One model on one device. Its key is a <see cref="DeviceAddress"/>, and it lives on the silo that the key names.</summary>
[Alias("dinov2.IInferenceGrain")]
public interface IInferenceGrain : IGrainWithStringKey
{
    /// <summary>Computes the features of the crops. Cancelled crops are dropped before they cost compute.</summary>
    [Alias("Embed")]
    Task<EmbedReply> EmbedAsync(EmbedRequest request, CancellationToken cancellationToken);
}
