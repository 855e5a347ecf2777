namespace Dinov2Cluster.Chaos.Load;

/// <summary>A fixed number of clients that each send a request when they have read the last answer.</summary>
internal sealed class ClosedLoop(ScoreSender sender, IReadOnlyList<Uri> gateways, KnownImage[] images, Timeline timeline)
{
    // A refused client does not hammer.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the clients for so long; each ends with an answer.</summary>
    public async Task<Tally> RunAsync(int clients, int imagesPerRequest, TimeSpan duration, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        var start = timeline.Now;
        var end = start + duration;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var random = new Random(client);
                while (timeline.Now < end)
                {
                    var request = random.GetItems(images, imagesPerRequest);
                    if (!await sender.SendAsync(gateways[client % gateways.Count], request, timeline.Now, tally, cancellationToken))
                    {
                        await Task.Delay(_pause, cancellationToken);
                    }
                }
            },
            cancellationToken)));
        tally.Duration = timeline.Now - start;
        return tally;
    }
}
