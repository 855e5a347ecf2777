using Dinov2Cluster.Client.Retry;
using Dinov2Cluster.Client.Settings;

namespace Dinov2Cluster.Client.Bulk;

/// <summary>Bulk as requests of several images each, some at a time.</summary>
/// <param name="whole">The deadline of all requests together; null when each has its own.</param>
internal sealed class RequestBulkSender(CallDeadline? whole) : IBulkSender
{
    // More than this in one request gains nothing, and costs memory at both ends.
    private const int RequestBytes = 16 << 20;

    // While one request's answer is on its way, others keep the devices busy.
    private const int Requests = 4;

    /// <inheritdoc/>
    public Task SendAsync(BulkRun run, EmbedCall call, CancellationToken cancellationToken)
    {
        var settings = run.Services.Settings;
        var most = Math.Min(settings.ImagesPerRequest, (settings.Concurrency + Requests - 1) / Requests);
        var workers = (settings.Concurrency + most - 1) / most;
        return Task.WhenAll(Enumerable.Range(0, workers).Select(_ => run.GuardAsync(() => WorkAsync(run, call, most, cancellationToken))));
    }

    private async Task WorkAsync(BulkRun run, EmbedCall call, int most, CancellationToken cancellationToken)
    {
        var images = new List<PendingImage>(most);
        while (await run.Ready.WaitToReadAsync(cancellationToken))
        {
            var bytes = 0L;
            while (images.Count < most
                && run.Ready.TryPeek(out var next)
                && (images.Count == 0 || bytes + next.Payload.Size <= RequestBytes)
                && run.Ready.TryRead(out next))
            {
                // Another worker may have taken the one that was seen: a request is over the bound by one image at most.
                bytes += next.Payload.Size;
                images.Add(next);
            }

            if (images.Count > 0)
            {
                await SendAsync(run, call, images, cancellationToken);
                images.Clear();
            }
        }
    }

    private async Task SendAsync(BulkRun run, EmbedCall call, List<PendingImage> images, CancellationToken cancellationToken)
    {
        using var deadline = new CallDeadline(run.Services.Time, whole?.Remaining ?? call.Deadline, cancellationToken);
        var answers = await deadline.RunAsync(() => run.Services.Sender.SendAsync([.. images.Select(image => image.Payload)], call, deadline));
        for (var i = 0; i < images.Count; i++)
        {
            run.Answer(images[i], answers[i]);
        }
    }
}
