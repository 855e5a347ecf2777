using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Client.Transport;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client.Retry;

/// <summary>Sends one request, and again when that helps. Embedding is idempotent: a request that was lost half-way may be repeated.</summary>
internal sealed class RetryingSender(IEmbedTransport transport, RetryPolicy retry, TimeProvider time, ILogger logger)
{
    /// <summary>Answers of the images, in their order.</summary>
    /// <exception cref="Dinov2Exception">The request failed, and no retry helped.</exception>
    public async Task<IReadOnlyList<ImageAnswer>> SendAsync(IReadOnlyList<ImagePayload> images, EmbedCall call, CallDeadline deadline)
    {
        for (var retries = 0; ; retries++)
        {
            try
            {
                return await transport.SendAsync(images, call, deadline.Remaining, deadline.Token);
            }
            catch (Dinov2Exception error) when (retry.Delay(error, retries, deadline.Remaining) is { } delay)
            {
                Dinov2ClientLog.Retrying(logger, error.Kind, error.Message, delay.TotalSeconds, retries + 1);
                await Task.Delay(delay, time, deadline.Token);
            }
        }
    }
}
