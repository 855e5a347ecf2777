using Dinov2Cluster.Inference.Costs;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// The jobs of one device, bounded in images, and every change of a job's state. Callers enqueue and cancel from any thread; one device thread per
/// lane takes batches and finishes jobs.
/// <para>
/// Ownership of the crops: device threads read them only between <see cref="TakeBatch"/> and <see cref="Release"/>, and in between a
/// cancellation or another lane's failure is only noted. So no task completes while its crops are being read, and none are read after it has
/// completed; no lock is held while bytes are copied.
/// </para>
/// </summary>
internal sealed class JobQueue : IDisposable
{
    // Monitor, not Lock: the device threads wait on it.
    private readonly object _gate = new();
    private readonly WaitingJobs _waiting = new();
    private readonly BatchingOptions _options;
    private readonly CostProfile _costs;
    private readonly DeviceClock _clock;
    private readonly BatchPlanner _planner;
    private readonly TimeProvider _timeProvider;
    private readonly DeviceMetrics _metrics;
    private readonly ITimer? _delayTimer;
    private int _computing;
    private long _answered;
    private bool _closed;
    private bool _aborted;

    public JobQueue(BatchingOptions options, CostProfile costs, DeviceClock clock, TimeProvider timeProvider, DeviceMetrics metrics)
    {
        _options = options;
        _costs = costs;
        _clock = clock;
        _planner = new BatchPlanner(costs, clock);
        _timeProvider = timeProvider;
        _metrics = metrics;
        if (options.MaxQueueDelay > TimeSpan.Zero)
        {
            _delayTimer = timeProvider.CreateTimer(static queue => ((JobQueue)queue!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Images that no batch has taken yet.</summary>
    public int Depth => _waiting.Images;

    /// <summary>Most images that may wait.</summary>
    public int Limit => _options.MaxQueueLength;

    /// <summary>Images in the batches that the device has.</summary>
    public int Computing => Volatile.Read(ref _computing);

    /// <summary>Images answered with features.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Takes the job in, or completes it with the reason why not.</summary>
    public void Enqueue(EmbeddingJob job)
    {
        job.Queue = this;
        // Before the job can be seen by a device thread, so that whoever finishes it finds the registration set.
        job.Registration = job.CancellationToken.UnsafeRegister(static state => ((EmbeddingJob)state!).Queue!.Cancel((EmbeddingJob)state), job);
        InferenceErrorKind? refusal;
        lock (_gate)
        {
            job.EnqueuedAt = _timeProvider.GetTimestamp();
            refusal = WhyRefused(job);
            if (refusal is null && !job.Finished)
            {
                _waiting.Add(job);
                Monitor.Pulse(_gate);
            }
        }

        if (refusal is { } kind)
        {
            Fail(job, kind);
        }
    }

    /// <summary>
    /// Blocks a device thread until there is a batch for it; false when there will be none any more. Every batch is ended with <see cref="EndBatch"/>,
    /// and every slice of it released.
    /// </summary>
    public bool TakeBatch(List<JobSlice> batch)
    {
        var hopeless = new List<EmbeddingJob>();
        while (batch.Count == 0)
        {
            hopeless.Clear();
            lock (_gate)
            {
                while (!MayStart())
                {
                    if (_aborted || (_closed && Depth == 0))
                    {
                        return false;
                    }

                    Monitor.Wait(_gate);
                }

                var now = _timeProvider.GetTimestamp();
                var images = _planner.Plan(_waiting, batch, hopeless, now);
                if (images > 0)
                {
                    _computing += images;
                    _clock.Begin(now, _costs.Curve.Seconds(images));
                    if (MayStart())
                    {
                        // One large job may fill the other lane too, and its arrival woke only this one.
                        Monitor.Pulse(_gate);
                    }
                }

                foreach (var (job, _, _) in batch)
                {
                    job.Copying++;
                }
            }

            foreach (var job in hopeless)
            {
                Fail(job, InferenceErrorKind.DeadlineExceeded);
            }
        }

        return true;
    }

    /// <summary>The crops of a slice of the job were copied. False when the job was cancelled or failed meanwhile.</summary>
    public bool Release(EmbeddingJob job)
    {
        bool cancelled;
        InferenceErrorKind? failure;
        lock (_gate)
        {
            job.Copying--;
            cancelled = job.CancelRequested;
            failure = job.FailRequested;
            if (!cancelled && failure is null)
            {
                return !job.Finished;
            }
        }

        if (cancelled)
        {
            Cancel(job);
        }
        else
        {
            Fail(job, failure!.Value);
        }

        return false;
    }

    /// <summary>The slice's features are in the job; answers it when they were the last.</summary>
    public void Complete(JobSlice slice, long now)
    {
        var job = slice.Job;
        lock (_gate)
        {
            job.Done += slice.Count;
            if (job.Done < job.Count || !TryFinish(job))
            {
                return;
            }
        }

        Interlocked.Add(ref _answered, job.Count);
        job.SetResult(new EmbeddingResult(
            job.TakeFeatures(),
            _timeProvider.GetElapsedTime(job.EnqueuedAt, job.StartedAt).TotalSeconds,
            _timeProvider.GetElapsedTime(job.StartedAt, now).TotalSeconds,
            Depth,
            Computing));
        _metrics.JobSucceeded(job.Count);
    }

    /// <summary>Answers the job with an error, unless it is answered already; once nobody reads its crops any more.</summary>
    public void Fail(EmbeddingJob job, InferenceErrorKind kind)
    {
        lock (_gate)
        {
            if (job.Copying > 0)
            {
                job.FailRequested ??= kind;
                return;
            }

            if (!TryFinish(job))
            {
                return;
            }
        }

        job.SetException(new InferenceException(kind));
        _metrics.JobFailed(job.Count, kind);
    }

    /// <summary>The device has done with a batch that it took.</summary>
    /// <param name="images">Images that it took, cancelled ones too.</param>
    /// <param name="started">When its computation began.</param>
    /// <param name="ended">When it ended.</param>
    /// <returns>Seconds of the device's time that the batch cost.</returns>
    public double EndBatch(int images, long started, long ended)
    {
        lock (_gate)
        {
            _computing -= images;
            var seconds = _clock.End(started, ended);
            Monitor.PulseAll(_gate);
            return seconds;
        }
    }

    /// <summary>Refuses new jobs from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Starts no further batch.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _closed = true;
            _aborted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Answers every waiting job with <see cref="InferenceErrorKind.Draining"/>.</summary>
    public void FailRemaining()
    {
        while (true)
        {
            EmbeddingJob? job;
            lock (_gate)
            {
                job = _waiting.Next(out _);
            }

            if (job is null)
            {
                return;
            }

            Fail(job, InferenceErrorKind.Draining);
        }
    }

    public void Dispose() => _delayTimer?.Dispose();

    /// <summary>
    /// A second batch joins one that the device is working on only when it is full: it hides its copies, but a small one would leave the queue too
    /// early, where it could have grown until the device is free.
    /// </summary>
    private bool MayStart()
    {
        if (_aborted || _waiting.Oldest is not { } oldest)
        {
            return false;
        }

        return Depth >= _costs.Curve.BestBatch || (_clock.InFlight == 0 && (_delayTimer is null || _closed || DelayIsOver(oldest)));
    }

    private InferenceErrorKind? WhyRefused(EmbeddingJob job)
    {
        if (_closed)
        {
            return InferenceErrorKind.Draining;
        }

        if (_planner.IsHopeless(job, job.EnqueuedAt))
        {
            return InferenceErrorKind.DeadlineExceeded;
        }

        return job.Count > _options.MaxQueueLength - Depth ? InferenceErrorKind.QueueFull : null;
    }

    private void Cancel(EmbeddingJob job)
    {
        lock (_gate)
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
        _metrics.JobCancelled(job.Count);
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private bool DelayIsOver(EmbeddingJob oldest)
    {
        var remaining = RemainingDelay(oldest);
        if (remaining > TimeSpan.Zero)
        {
            // Timers count whole milliseconds and round down, which would make this thread spin through the last one. Time that passes before
            // the timer is set is seen by the second look at the clock.
            _delayTimer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
            remaining = RemainingDelay(oldest);
        }

        return remaining <= TimeSpan.Zero;
    }

    /// <summary>Ends a millisecond, the timer's step, before waiting longer would cost the oldest job its deadline.</summary>
    private TimeSpan RemainingDelay(EmbeddingJob oldest)
    {
        var now = _timeProvider.GetTimestamp();
        var delay = _options.MaxQueueDelay - _timeProvider.GetElapsedTime(oldest.EnqueuedAt, now);
        var computing = TimeSpan.FromSeconds(_costs.Curve.DrainSeconds(oldest.Unclaimed)) + TimeSpan.FromMilliseconds(1);
        var slack = oldest.Deadline.Left(_timeProvider, now) - computing;
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
