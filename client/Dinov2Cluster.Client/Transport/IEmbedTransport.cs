using Dinov2Cluster.Client.Bulk;
using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client.Transport;

/// <summary>One protocol to the gateway.</summary>
internal interface IEmbedTransport : IDisposable
{
    /// <summary>Whether preprocessed pixels can be sent.</summary>
    bool TakesCrops { get; }

    /// <summary>Sends one request, once.</summary>
    /// <param name="images">At least one.</param>
    /// <param name="call">What to ask for.</param>
    /// <param name="remaining">Time that the gateway is given; also behind <paramref name="cancellationToken"/>.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Answers of the images, in their order.</returns>
    /// <exception cref="Dinov2Exception">The request failed as a whole.</exception>
    Task<IReadOnlyList<ImageAnswer>> SendAsync(
        IReadOnlyList<ImagePayload> images, EmbedCall call, TimeSpan remaining, CancellationToken cancellationToken);

    /// <summary>The protocol's own way for bulk; null when requests with several images each are.</summary>
    IBulkSender? CreateBulkSender();
}
