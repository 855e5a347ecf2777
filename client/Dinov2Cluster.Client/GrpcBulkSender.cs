using Dinov2Cluster.Protocol.V1;
using Grpc.Core;

namespace Dinov2Cluster.Client;

/// <summary>Sends a run over one bidirectional stream. When the stream breaks, a new one takes the unanswered images.</summary>
/// <param name="open">Opens a stream.</param>
internal sealed class GrpcBulkSender(Func<CancellationToken, AsyncDuplexStreamingCall<EmbedStreamRequest, EmbedStreamResponse>> open) : IBulkSender
{
    /// <inheritdoc/>
    public async Task SendAsync(BulkRun run, EmbedCall call, CancellationToken cancellationToken)
    {
        PendingImage[] unanswered = [];
        for (var retries = 0; unanswered.Length > 0 || await run.Ready.WaitToReadAsync(cancellationToken);)
        {
            var session = new GrpcBulkSession(run, GrpcMessages.ToOptions(call), unanswered);
            if (await session.RunAsync(open, cancellationToken) is not { } error)
            {
                return;
            }

            unanswered = session.Unanswered();
            if (session.HasAnswers)
            {
                retries = 0;
            }

            var delay = run.Services.Retry.Delay(error, retries++, run.Remaining) ?? throw error;
            Dinov2ClientLog.StreamBroke(run.Services.Logger, unanswered.Length, error.Kind, error.Message, delay.TotalSeconds);
            await Task.Delay(delay, run.Services.Time, cancellationToken);
        }
    }
}
