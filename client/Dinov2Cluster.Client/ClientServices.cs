using Dinov2Cluster.Client.Sources;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client;

/// <summary>What all calls of a client share.</summary>
/// <param name="Options">Valid settings, a copy of the caller's.</param>
/// <param name="Transport">The protocol.</param>
/// <param name="Retry">When to send again.</param>
/// <param name="Time">Clock of deadlines and waits.</param>
/// <param name="Logger">Gets retries and broken streams.</param>
internal sealed record ClientServices(Dinov2ClientOptions Options, IEmbedTransport Transport, RetryPolicy Retry, TimeProvider Time, ILogger Logger)
{
    /// <summary>Opens an image to send it.</summary>
    /// <exception cref="Dinov2Exception">It can't be read, or is too large.</exception>
    /// <exception cref="NotSupportedException">It is a crop, and the client uses HTTP.</exception>
    public async ValueTask<ImagePayload> OpenAsync(ImageSource image, CancellationToken cancellationToken)
    {
        var payload = await image.OpenAsync(Options.MaxImageBytes, cancellationToken);
        return payload.Kind != ImageKind.Crop || Options.Protocol == Dinov2Protocol.Grpc
            ? payload
            : throw new NotSupportedException(
                $"Crops can be sent over gRPC only: set {nameof(Dinov2ClientOptions)}.{nameof(Dinov2ClientOptions.Protocol)} to {nameof(Dinov2Protocol.Grpc)}.");
    }

    /// <summary>Sends one request, and repeats it as the retry policy allows. Embedding is idempotent, so a lost request may be repeated.</summary>
    /// <returns>Answers in the order of the images.</returns>
    /// <exception cref="Dinov2Exception">The request failed, and no retry is left.</exception>
    public async Task<IReadOnlyList<ImageAnswer>> SendAsync(IReadOnlyList<ImagePayload> images, EmbedCall call, CallDeadline deadline)
    {
        for (var retries = 0; ; retries++)
        {
            try
            {
                return await Transport.SendAsync(images, call, deadline.Remaining, deadline.Token);
            }
            catch (Dinov2Exception exception) when (Retry.Delay(exception, retries, deadline.Remaining) is { } delay)
            {
                Dinov2ClientLog.Retrying(Logger, exception.Kind, exception.Message, delay.TotalSeconds, retries + 1);
                await Task.Delay(delay, Time, deadline.Token);
            }
        }
    }
}
