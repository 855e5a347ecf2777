namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// Jobs in order of arrival, bounded in images, and every change of a job's state. Callers enqueue and cancel from any thread; one device thread
/// waits, claims and finishes.
/// <para>
/// Ownership of the crops: the device thread reads them only between <see cref="Claim"/> and <see cref="Release"/>, and in between a
/// cancellation is only noted. So no task completes while its crops are being read, and none are read after it has completed; no lock is held
/// while bytes are copied.
/// </para>
/// </summary>
internal sealed class JobQueue : IDisposable
{
    // Monitor, not Lock: the device thread waits on it.
    private readonly object _gate = new();
    private readonly LinkedList<EmbeddingJob> _jobs = new();
    private readonly BatchingOptions _options;
    private readonly int _maxBatchSize;
    private readonly TimeProvider _timeProvider;
    private readonly DeviceMetrics _metrics;
    private readonly ITimer? _delayTimer;
    private int _depth;
    private bool _closed;
    private bool _aborted;

    public JobQueue(BatchingOptions options, int maxBatchSize, TimeProvider timeProvider, DeviceMetrics metrics)
    {
        _options = options;
        _maxBatchSize = maxBatchSize;
        _timeProvider = timeProvider;
        _metrics = metrics;
        if (options.MaxQueueDelay > TimeSpan.Zero)
        {
            _delayTimer = timeProvider.CreateTimer(static queue => ((JobQueue)queue!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Images that no batch has taken yet.</summary>
    public int Depth => Volatile.Read(ref _depth);

    /// <summary>Takes the job in, or completes it with the reason why not.</summary>
    public void Enqueue(EmbeddingJob job)
    {
        job.Queue = this;
        // Before the job can be seen by the device thread, so that whoever finishes it finds the registration set.
        job.Registration = job.CancellationToken.UnsafeRegister(static state => ((EmbeddingJob)state!).Queue!.Cancel((EmbeddingJob)state), job);
        InferenceErrorKind? refusal;
        lock (_gate)
        {
            job.EnqueuedAt = _timeProvider.GetTimestamp();
            refusal = WhyRefused(job);
            if (refusal is null && !job.Finished)
            {
                job.Node = _jobs.AddLast(job);
                _depth += job.Count;
                Monitor.Pulse(_gate);
            }
        }

        if (refusal is { } kind)
        {
            Fail(job, kind);
        }
    }

    /// <summary>Blocks the device thread until a batch may start; false when there will be none any more.</summary>
    public bool WaitForWork()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_aborted || (_closed && _jobs.Count == 0))
                {
                    return false;
                }

                if (_jobs.First is { Value: var oldest } && (_delayTimer is null || _closed || _depth >= _maxBatchSize || DelayIsOver(oldest)))
                {
                    return true;
                }

                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>The next images in order, at most <paramref name="room"/>; drops expired jobs on the way. Null when nothing waits.</summary>
    public JobSlice? Claim(int room)
    {
        while (true)
        {
            EmbeddingJob job;
            lock (_gate)
            {
                if (_jobs.First is not { } first)
                {
                    return null;
                }

                job = first.Value;
                if (!job.Deadline.HasPassed(_timeProvider.GetTimestamp()))
                {
                    var slice = new JobSlice(job, job.Claimed, Math.Min(room, job.Count - job.Claimed));
                    job.Claimed += slice.Count;
                    job.Copying = true;
                    _depth -= slice.Count;
                    if (job.Claimed == job.Count)
                    {
                        Unlink(job);
                    }

                    return slice;
                }
            }

            Fail(job, InferenceErrorKind.DeadlineExceeded);
        }
    }

    /// <summary>The crops of the job's claimed slice were copied. False when the caller cancelled meanwhile: the job is over.</summary>
    public bool Release(EmbeddingJob job)
    {
        lock (_gate)
        {
            job.Copying = false;
            if (!job.CancelRequested)
            {
                return true;
            }
        }

        Cancel(job);
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

        var started = job.StartedAt ?? now;
        job.SetResult(new EmbeddingResult(
            job.Features!,
            _timeProvider.GetElapsedTime(job.EnqueuedAt, started).TotalSeconds,
            _timeProvider.GetElapsedTime(started, now).TotalSeconds,
            Depth));
        _metrics.JobSucceeded(job.Count);
    }

    /// <summary>Answers the job with an error, unless it is answered already. Not while its crops are read by another thread.</summary>
    public void Fail(EmbeddingJob job, InferenceErrorKind kind)
    {
        lock (_gate)
        {
            if (!TryFinish(job))
            {
                return;
            }
        }

        job.SetException(new InferenceException(kind));
        _metrics.JobFailed(job.Count, kind);
    }

    /// <summary>Refuses new jobs from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Starts no further batch.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _closed = true;
            _aborted = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Answers every waiting job with <see cref="InferenceErrorKind.Draining"/>.</summary>
    public void FailRemaining()
    {
        while (true)
        {
            EmbeddingJob job;
            lock (_gate)
            {
                if (_jobs.First is not { } first)
                {
                    return;
                }

                job = first.Value;
            }

            Fail(job, InferenceErrorKind.Draining);
        }
    }

    public void Dispose() => _delayTimer?.Dispose();

    private InferenceErrorKind? WhyRefused(EmbeddingJob job)
    {
        if (_closed)
        {
            return InferenceErrorKind.Draining;
        }

        if (job.Deadline.HasPassed(job.EnqueuedAt))
        {
            return InferenceErrorKind.DeadlineExceeded;
        }

        return job.Count > _options.MaxQueueLength - _depth ? InferenceErrorKind.QueueFull : null;
    }

    private void Cancel(EmbeddingJob job)
    {
        lock (_gate)
        {
            if (job.Copying)
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
            Monitor.Pulse(_gate);
        }
    }

    private bool DelayIsOver(EmbeddingJob oldest)
    {
        var remaining = _options.MaxQueueDelay - _timeProvider.GetElapsedTime(oldest.EnqueuedAt);
        if (remaining > TimeSpan.Zero)
        {
            // Timers count whole milliseconds and round down, which would make this thread spin through the last one. Time that passes before
            // the timer is set is seen by the second look at the clock.
            _delayTimer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(remaining.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
            remaining = _options.MaxQueueDelay - _timeProvider.GetElapsedTime(oldest.EnqueuedAt);
        }

        return remaining <= TimeSpan.Zero;
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
        if (job.Node is not null)
        {
            _depth -= job.Count - job.Claimed;
            Unlink(job);
        }

        return true;
    }

    private void Unlink(EmbeddingJob job)
    {
        _jobs.Remove(job.Node!);
        job.Node = null;
    }
}
