namespace Dinov2Cluster.Chaos.Load;

/// <summary>Users who don't wait for each other: requests come at their times, however long answers take.</summary>
internal sealed class OpenLoop(ScoreSender sender, IReadOnlyList<Uri> gateways, RequestMix mix, Timeline timeline)
{
    /// <summary>Sends at the given rate for so long, and waits until all is answered.</summary>
    public async Task<Tally> RunAsync(double imagesPerSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        var underWay = new List<Task>();
        var start = timeline.Now;
        var end = start + duration;
        var due = start;
        while ((due += mix.NextGap(imagesPerSecond)) < end)
        {
            var wait = due - timeline.Now;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, cancellationToken);
            }

            // Not the time when it was due: that this loop's timer is late is none of the cluster's doing, and the loop waits for no answer.
            var (gateway, images, time) = (mix.Pick(gateways), mix.Next(), timeline.Now);
            underWay.Add(Task.Run(() => sender.SendAsync(gateway, images, time, tally, cancellationToken), cancellationToken));
            if (underWay.Count > 1000)
            {
                underWay.RemoveAll(request => request.IsCompletedSuccessfully);
            }
        }

        await Task.WhenAll(underWay);
        tally.Duration = timeline.Now - start;
        return tally;
    }
}
