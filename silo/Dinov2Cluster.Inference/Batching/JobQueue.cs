using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// The jobs of one device, bounded in images, and all changes of their state. Callers enqueue and cancel from any thread; one device thread per
/// lane takes batches and finishes jobs. An expected refusal is an answer with a status, not an exception.
/// <para>
/// Ownership of the crops: device threads read them only between <see cref="TakeBatch"/> and <see cref="Release"/>; a cancellation or another lane's
/// failure in between is only noted. So no task completes while its crops are being read, and no crops are read after their task has
/// completed. No lock is held while bytes are copied.
/// </para>
/// </summary>
internal sealed class JobQueue : IDisposable
{
    // Monitor, not Lock: the device threads wait on it.
    private readonly object _lock = new();
    private readonly WaitingJobs _waiting = new();
    private readonly BatchingOptions _options;
    private readonly CostProfile _costs;
    private readonly DeviceClock _clock;
    private readonly BatchPlanner _planner;
    private readonly TimeProvider _time;
    private readonly DeviceMetrics _metrics;
    private readonly ITimer? _delayTimer;
    private int _computing;
    private long _answered;
    private bool _closed;
    private bool _aborted;

    public JobQueue(BatchingOptions options, CostProfile costs, DeviceClock clock, TimeProvider time, DeviceMetrics metrics)
    {
        _options = options;
        _costs = costs;
        _clock = clock;
        _planner = new BatchPlanner(costs, clock);
        _time = time;
        _metrics = metrics;
        if (options.MaxQueueDelay > TimeSpan.Zero)
        {
            _delayTimer = time.CreateTimer(static queue => ((JobQueue)queue!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Images that no batch has taken yet.</summary>
    public int Depth => _waiting.Images;

    /// <summary>Most images that may wait.</summary>
    public int Limit => _options.MaxQueueLength;

    /// <summary>Images in batches on the device.</summary>
    public int Computing => Volatile.Read(ref _computing);

    /// <summary>Images answered with features.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Adds the job, or completes it with the reason why not.</summary>
    public void Enqueue(EmbeddingJob job)
    {
        job.Queue = this;
        // Before a device thread can see the job, so that the registration is set when the job is finished.
        job.Registration = job.CancellationToken.UnsafeRegister(static state => ((EmbeddingJob)state!).Queue!.Cancel((EmbeddingJob)state), job);
        EmbedStatus status;
        lock (_lock)
        {
            job.EnqueuedAt = _time.GetTimestamp();
            status = Admit(job);
            if (status == EmbedStatus.Ok && !job.Finished)
            {
                _waiting.Add(job);
                Monitor.Pulse(_lock);
            }
        }

        if (status != EmbedStatus.Ok)
        {
            Fail(job, status);
        }
    }

    /// <summary>
    /// Blocks a device thread until there is a batch for it; false when there will be no more. The caller ends every batch with <see cref="EndBatch"/>
    /// and releases each of its slices.
    /// </summary>
    public bool TakeBatch(List<JobSlice> batch)
    {
        var hopeless = new List<EmbeddingJob>();
        while (batch.Count == 0)
        {
            hopeless.Clear();
            lock (_lock)
            {
                while (!MayStart())
                {
                    if (_aborted || (_closed && Depth == 0))
                    {
                        return false;
                    }

                    Monitor.Wait(_lock);
                }

                var now = _time.GetTimestamp();
                var images = _planner.Plan(_waiting, batch, hopeless, now);
                if (images > 0)
                {
                    _computing += images;
                    _clock.Begin(now, _costs.Curve.Seconds(images));
                    if (MayStart())
                    {
                        // One large job may fill the other lane too, and its arrival woke only this lane.
                        Monitor.Pulse(_lock);
                    }
                }

                foreach (var (job, _, _) in batch)
                {
                    job.Copying++;
                }
            }

            foreach (var job in hopeless)
            {
                Fail(job, EmbedStatus.DeadlineExceeded);
            }
        }

        return true;
    }

    /// <summary>The crops of a slice of the job were copied. False when the job was canceled or failed meanwhile.</summary>
    public bool Release(EmbeddingJob job)
    {
        bool canceled, wanted;
        EmbedStatus? failure;
        lock (_lock)
        {
            job.Copying--;
            (canceled, failure) = (job.CancelRequested, job.FailRequested);
            wanted = !canceled && failure is null && !job.Finished;
        }

        if (canceled)
        {
            Cancel(job);
        }
        else if (failure is { } status)
        {
            Fail(job, status);
        }

        return wanted;
    }

    /// <summary>The slice's features are in the job; answers the job when they were its last.</summary>
    public void Complete(JobSlice slice, long now)
    {
        var job = slice.Job;
        lock (_lock)
        {
            job.Done += slice.Count;
            if (job.Done < job.Count || !TryFinish(job))
            {
                return;
            }
        }

        Interlocked.Add(ref _answered, job.Count);
        job.SetResult(new EmbedReply(
            EmbedStatus.Ok,
            job.TakeFeatures(),
            _time.GetElapsedTime(job.EnqueuedAt, job.StartedAt).TotalSeconds,
            _time.GetElapsedTime(job.StartedAt, now).TotalSeconds,
            Depth,
            Computing));
        _metrics.JobAnswered(job.Count, EmbedStatus.Ok);
    }

    /// <summary>Answers the job without features, unless it is answered already; later, while its crops are being read.</summary>
    public void Fail(EmbeddingJob job, EmbedStatus status)
    {
        lock (_lock)
        {
            if (job.Copying > 0)
            {
                job.FailRequested ??= status;
                return;
            }

            if (!TryFinish(job))
            {
                return;
            }
        }

        job.SetResult(EmbedReply.Failed(status, Depth, Computing));
        _metrics.JobAnswered(job.Count, status);
    }

    /// <summary>The device has finished a batch.</summary>
    /// <param name="images">Images that it took, canceled ones too.</param>
    /// <param name="started">When the computation began.</param>
    /// <param name="ended">When it ended.</param>
    /// <returns>Seconds of the device's time that the batch cost.</returns>
    public double EndBatch(int images, long started, long ended)
    {
        lock (_lock)
        {
            _computing -= images;
            var seconds = _clock.End(started, ended);
            Monitor.PulseAll(_lock);
            return seconds;
        }
    }

    /// <summary>Forms no more batches of <paramref name="images"/> images or more. Under the lock, so that no plan is longer than the curve.</summary>
    /// <param name="images">Images, at least 2.</param>
    public void LimitBatches(int images)
    {
        lock (_lock)
        {
            _costs.Limit(images);
        }
    }

    /// <summary>Refuses new jobs.</summary>
    /// <param name="abort">Starts no further batch either.</param>
    public void Close(bool abort)
    {
        lock (_lock)
        {
            _closed = true;
            _aborted |= abort;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Answers every waiting job with <see cref="EmbedStatus.Draining"/>.</summary>
    public void FailRemaining()
    {
        while (NextWaiting() is { } job)
        {
            Fail(job, EmbedStatus.Draining);
        }
    }

    public void Dispose() => _delayTimer?.Dispose();

    /// <summary>
    /// While the device computes, a second batch starts only when it is full: this hides its copies. A small batch is better off in the queue,
    /// where it can grow until the device is free.
    /// </summary>
    private bool MayStart()
    {
        if (_aborted || _waiting.Oldest is not { } oldest)
        {
            return false;
        }

        return Depth >= _costs.Curve.BestBatch || (_clock.InFlight == 0 && (_delayTimer is null || _closed || DelayIsOver(oldest)));
    }

    private EmbedStatus Admit(EmbeddingJob job)
    {
        if (_closed)
        {
            return EmbedStatus.Draining;
        }

        if (_planner.IsHopeless(job, job.EnqueuedAt))
        {
            return EmbedStatus.DeadlineExceeded;
        }

        return job.Count > _options.MaxQueueLength - Depth ? EmbedStatus.QueueFull : EmbedStatus.Ok;
    }

    private void Cancel(EmbeddingJob job)
    {
        lock (_lock)
        {
            if (job.Copying > 0)
            {
                job.CancelRequested = true;
                return;
            }

            if (!TryFinish(job))
            {
                return;
            }
        }

        job.SetCanceled(job.CancellationToken);
        _metrics.JobCanceled(job.Count);
    }

    private EmbeddingJob? NextWaiting()
    {
        lock (_lock)
        {
            return _waiting.Next(out _);
        }
    }

    private void Wake()
    {
        lock (_lock)
        {
            Monitor.PulseAll(_lock);
        }
    }

    private bool DelayIsOver(EmbeddingJob oldest)
    {
        var remaining = RemainingDelay(oldest);
        if (remaining > TimeSpan.Zero)
        {
            // Timers count whole milliseconds and round down, so this thread would spin through the last one. The second look at the clock
            // catches time that passes before the timer is set.
            _delayTimer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
            remaining = RemainingDelay(oldest);
        }

        return remaining <= TimeSpan.Zero;
    }

    /// <summary>Ends one millisecond (the timer's step) before a longer wait would cost the oldest job its deadline.</summary>
    private TimeSpan RemainingDelay(EmbeddingJob oldest)
    {
        var now = _time.GetTimestamp();
        var delay = _options.MaxQueueDelay - _time.GetElapsedTime(oldest.EnqueuedAt, now);
        var computing = TimeSpan.FromSeconds(_costs.Curve.DrainSeconds(oldest.Unclaimed)) + TimeSpan.FromMilliseconds(1);
        var slack = oldest.Deadline.Left(_time, now) - computing;
        return delay < slack ? delay : slack;
    }

    private bool TryFinish(EmbeddingJob job)
    {
        if (job.Finished)
        {
            return false;
        }

        job.Finished = true;
        job.Crops = default;
        job.Registration.Unregister();
        _waiting.Remove(job);
        return true;
    }
}
