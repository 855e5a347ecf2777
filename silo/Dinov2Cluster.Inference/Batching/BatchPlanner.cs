using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Primitives;

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

/// <summary>
/// Jobs with unclaimed images, and whose turn it is: interactive before bulk, each in order of arrival. Bulk is never starved: it gets the
/// next image after <see cref="InteractivePerBulk"/> interactive images were taken while it waited, so a bulk image with n bulk images before it is
/// preceded by at most (n + 1) * <see cref="InteractivePerBulk"/> interactive images. Counted in images, not batches, so that it also holds for batches of one.
/// </summary>
internal sealed class WaitingJobs
{
    public const int InteractivePerBulk = 7;

    private readonly LinkedList<EmbeddingJob> _interactive = new();
    private readonly LinkedList<EmbeddingJob> _bulk = new();
    private int _images;
    private int _sinceBulk;

    /// <summary>Unclaimed images; readable without the lock that everything else needs.</summary>
    public int Images => Volatile.Read(ref _images);

    /// <summary>The job that arrived first.</summary>
    public EmbeddingJob? Oldest => (_interactive.First?.Value, _bulk.First?.Value) switch
    {
        (null, var bulk) => bulk,
        (var interactive, null) => interactive,
        var (interactive, bulk) => interactive.EnqueuedAt <= bulk.EnqueuedAt ? interactive : bulk,
    };

    public void Add(EmbeddingJob job)
    {
        job.Node = ListOf(job).AddLast(job);
        _images += job.Count;
    }

    /// <summary>The job whose turn it is, and how many of its images may be taken at most; null when nothing waits.</summary>
    public EmbeddingJob? Next(out int images)
    {
        var interactive = _interactive.First?.Value;
        var bulk = _bulk.First?.Value;
        if (interactive is not null && bulk is not null)
        {
            var untilBulk = InteractivePerBulk - _sinceBulk;
            images = untilBulk > 0 ? Math.Min(interactive.Unclaimed, untilBulk) : 1;
            return untilBulk > 0 ? interactive : bulk;
        }

        var next = interactive ?? bulk;
        images = next?.Unclaimed ?? 0;
        return next;
    }

    /// <summary>Takes the next images of the job whose turn it is.</summary>
    public JobSlice Take(EmbeddingJob job, int images)
    {
        var slice = new JobSlice(job, job.Claimed, images);
        if (job.Priority != Priority.Interactive)
        {
            _sinceBulk = 0;
        }
        else if (_bulk.Count > 0)
        {
            _sinceBulk += images;
        }

        job.Claimed += images;
        _images -= images;
        if (job.Unclaimed == 0)
        {
            Unlink(job);
        }

        return slice;
    }

    /// <summary>Removes the unclaimed images of a job, if any.</summary>
    public void Remove(EmbeddingJob job)
    {
        if (job.Node is not null)
        {
            _images -= job.Unclaimed;
            Unlink(job);
        }
    }

    // A priority that only a newer gateway knows waits behind the others.
    private LinkedList<EmbeddingJob> ListOf(EmbeddingJob job) => job.Priority == Priority.Interactive ? _interactive : _bulk;

    private void Unlink(EmbeddingJob job)
    {
        ListOf(job).Remove(job.Node!);
        job.Node = null;
    }
}
