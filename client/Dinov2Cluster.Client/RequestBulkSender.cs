namespace Dinov2Cluster.Client;

/// <summary>Sends a run as requests of several images each, a few requests at a time.</summary>
/// <param name="whole">The one deadline of all requests; null when each request has its own.</param>
internal sealed class RequestBulkSender(CallDeadline? whole) : IBulkSender
{
    // Larger requests gain nothing, and cost memory at both ends.
    private const int MaxRequestBytes = 16 << 20;

    // While the answer of one request is on its way, others keep the devices busy.
    private const int MinRequests = 4;

    /// <inheritdoc/>
    public Task SendAsync(BulkRun run, EmbedCall call, CancellationToken cancellationToken)
    {
        var options = run.Services.Options;
        var maxImages = Math.Min(options.ImagesPerRequest, (options.Concurrency + MinRequests - 1) / MinRequests);
        var workers = (options.Concurrency + maxImages - 1) / maxImages;
        return Task.WhenAll(Enumerable.Range(0, workers).Select(_ => run.GuardAsync(() => WorkAsync(run, call, maxImages, cancellationToken))));
    }

    private async Task WorkAsync(BulkRun run, EmbedCall call, int maxImages, CancellationToken cancellationToken)
    {
        var images = new List<PendingImage>(maxImages);
        while (await run.Ready.WaitToReadAsync(cancellationToken))
        {
            var bytes = 0L;
            while (images.Count < maxImages
                && run.Ready.TryPeek(out var next)
                && (images.Count == 0 || bytes + next.Payload.Size <= MaxRequestBytes)
                && run.Ready.TryRead(out next))
            {
                // Another worker may have taken the peeked image: a request exceeds the limit by at most one image.
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
        var answers = await deadline.RunAsync(() => run.Services.SendAsync([.. images.Select(image => image.Payload)], call, deadline));
        for (var i = 0; i < images.Count; i++)
        {
            run.Answer(images[i], answers[i]);
        }
    }
}
