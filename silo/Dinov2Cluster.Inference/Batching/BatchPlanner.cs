using Dinov2Cluster.Inference.Costs;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// Forms the next batch: the images whose turn it is, as many as give the best throughput, fewer when the batch would end after a member's
/// deadline. A job that could not be done in time even if it were next is removed as hopeless, and costs no compute.
/// </summary>
internal sealed class BatchPlanner(CostProfile costs, DeviceClock clock)
{
    /// <summary>
    /// An older estimate refuses no job. Otherwise a device that was once very slow could refuse everything, measure nothing, and so
    /// never find out that it is fast again.
    /// </summary>
    public static readonly TimeSpan TrustedAge = TimeSpan.FromSeconds(10);

    /// <summary>True when the deadline has passed, or would pass before the device could finish the rest of the job if it were next.</summary>
    public bool IsHopeless(EmbeddingJob job, long now) =>
        job.Deadline.HasPassed(now)
        || (costs.Age(now) <= TrustedAge && job.Deadline.HasPassed(clock.Ahead(clock.FreeAt(now), costs.Curve.DrainSeconds(job.Unclaimed))));

    /// <summary>Moves the batch, and the hopeless jobs before it, out of <paramref name="waiting"/>.</summary>
    /// <returns>Images in the batch; 0 when no servable image waits.</returns>
    public int Plan(WaitingJobs waiting, List<JobSlice> batch, List<EmbeddingJob> hopeless, long now)
    {
        var curve = costs.Curve;
        var start = clock.FreeAt(now);
        var images = 0;
        var tightest = Deadline.None;
        while (images < curve.BestBatch && waiting.Next(out var most) is { } job)
        {
            if (IsHopeless(job, now))
            {
                waiting.Remove(job);
                hopeless.Add(job);
                continue;
            }

            var deadline = Deadline.Earlier(tightest, job.Deadline);
            var room = Math.Min(most, curve.BestBatch - images);
            while (room > 0 && deadline.HasPassed(clock.Ahead(start, curve.Seconds(images + room))))
            {
                room--;
            }

            if (room == 0)
            {
                if (images > 0)
                {
                    break;
                }

                // Only an old estimate predicts that this is too late.
                room = 1;
            }

            tightest = deadline;
            images += room;
            batch.Add(waiting.Take(job, room));
        }

        return images;
    }
}
