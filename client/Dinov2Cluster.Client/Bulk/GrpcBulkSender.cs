using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Transport.Grpc;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;

namespace Dinov2Cluster.Client.Bulk;

/// <summary>Bulk over one bidirectional stream; when it breaks, a new one takes the images that aren't answered.</summary>
/// <param name="open">Opens a stream.</param>
internal sealed class GrpcBulkSender(Func<CancellationToken, AsyncDuplexStreamingCall<EmbedStreamRequest, EmbedStreamResponse>> open) : IBulkSender
{
    /// <inheritdoc/>
    public async Task SendAsync(BulkRun run, EmbedCall call, CancellationToken cancellationToken)
    {
        PendingImage[] again = [];
        for (var retries = 0; again.Length > 0 || await run.Ready.WaitToReadAsync(cancellationToken);)
        {
            var session = new GrpcBulkSession(run, GrpcMessages.ToOptions(call), again);
            if (await session.RunAsync(open, cancellationToken) is not { } error)
            {
                return;
            }

            again = session.Unanswered();
            if (session.HasAnswers)
            {
                retries = 0;
            }

            var delay = run.Services.Retry.Delay(error, retries++, run.Remaining) ?? throw error;
            Dinov2ClientLog.StreamBroke(run.Services.Logger, again.Length, error.Kind, error.Message, delay.TotalSeconds);
            await Task.Delay(delay, run.Services.Time, cancellationToken);
        }
    }
}
