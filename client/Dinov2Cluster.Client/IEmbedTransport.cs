using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client;

/// <summary>One protocol to the gateway.</summary>
internal interface IEmbedTransport : IDisposable
{
    /// <summary>Most bytes of one reply: a gateway's own limit.</summary>
    const int MaxReplyBytes = 256 << 20;

    /// <summary>Sends one request, without retries.</summary>
    /// <param name="images">At least one.</param>
    /// <param name="call">What to ask for.</param>
    /// <param name="remaining">Time that the gateway gets; <paramref name="cancellationToken"/> ends the request at the same moment.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Answers in the order of the images.</returns>
    /// <exception cref="Dinov2Exception">The request failed as a whole.</exception>
    Task<IReadOnlyList<ImageAnswer>> SendAsync(
        IReadOnlyList<ImagePayload> images, EmbedCall call, TimeSpan remaining, CancellationToken cancellationToken);

    /// <summary>The protocol's own way to send many images; null when it has only requests.</summary>
    IBulkSender? CreateBulkSender() => null;
}

/// <summary>The gateway's answer for one image: exactly one of the two is set.</summary>
internal readonly record struct ImageAnswer(ImageEmbedding? Embedding, Dinov2Exception? Error);
