using Dinov2Cluster.Inference.Sessions;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// Forms batches for one session by back-pressure: while the device computes, the queue grows; when it is free, its thread takes the oldest images
/// up to the batch limit, across jobs and splitting a job when needed. Answers leave the device thread before anything continues on them.
/// </summary>
internal sealed class DynamicBatcher : IAsyncDisposable
{
    private readonly IModelSession _session;
    private readonly ModelSignature _signature;
    private readonly TimeProvider _timeProvider;
    private readonly DeviceMetrics _metrics;
    private readonly ILogger _logger;
    private readonly int _maxBatchSize;
    private readonly JobQueue _queue;
    private readonly List<JobSlice> _batch;
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DynamicBatcher(IModelSession session, BatchingOptions options, TimeProvider timeProvider, DeviceMetrics metrics, ILogger logger)
    {
        _session = session;
        _signature = session.Signature;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _logger = logger;
        _maxBatchSize = Math.Min(options.MaxBatchSize, _signature.MaxBatchSize);
        _queue = new JobQueue(options, _maxBatchSize, timeProvider, metrics);
        _batch = new List<JobSlice>(_maxBatchSize);
        metrics.ObserveQueue(() => _queue.Depth);

        // A thread of its own: a run blocks for as long as the device computes, and the device's first compute thread is the one that calls it.
        new Thread(Loop) { IsBackground = true, Name = metrics.Device }.Start();
    }

    /// <summary>Images that wait.</summary>
    public int QueueDepth => _queue.Depth;

    /// <summary>Images in one batch at most.</summary>
    public int MaxBatchSize => _maxBatchSize;

    /// <inheritdoc cref="InferenceEngine.EmbedAsync"/>
    public Task<EmbeddingResult> EmbedAsync(ReadOnlyMemory<byte> crops, int count, Deadline deadline, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (crops.Length != (long)count * _signature.CropBytes)
        {
            throw new ArgumentException($"{count} crops are {(long)count * _signature.CropBytes} bytes, not {crops.Length}.", nameof(crops));
        }

        var job = new EmbeddingJob(crops, count, deadline, cancellationToken);
        _queue.Enqueue(job);
        return job.Task;
    }

    /// <inheritdoc cref="InferenceEngine.DrainAsync"/>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _queue.Close();
        await using (cancellationToken.UnsafeRegister(static batcher => ((DynamicBatcher)batcher!).Abort(), this))
        {
            await _stopped.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DrainAsync(CancellationToken.None);
        _queue.Dispose();
        _metrics.Dispose();
    }

    private void Abort()
    {
        _queue.Abort();
        _abort.Cancel();
    }

    private void Loop()
    {
        while (_queue.WaitForWork())
        {
            try
            {
                var images = FormBatch();
                if (images > 0)
                {
                    Compute(images);
                }
            }
            catch (OperationCanceledException) when (_abort.IsCancellationRequested)
            {
                FailBatch(InferenceErrorKind.Draining);
            }
            catch (Exception exception)
            {
                InferenceLog.BatchFailed(_logger, exception, _metrics.Model, _metrics.Device, _batch.Count);
                FailBatch(InferenceErrorKind.DeviceFailed);
            }

            _batch.Clear();
        }

        _queue.FailRemaining();
        _stopped.SetResult();
    }

    /// <summary>
    /// Copies the next images into the session's slots; returns how many. Not ahead of time into a second buffer: 32 crops take a tenth of a
    /// millisecond, the batch that they wait for takes hundreds.
    /// </summary>
    private int FormBatch()
    {
        var images = 0;
        while (images < _maxBatchSize && _queue.Claim(_maxBatchSize - images) is { } slice)
        {
            _batch.Add(slice);
            var crops = slice.Job.Crops.Span.Slice(slice.First * _signature.CropBytes, slice.Count * _signature.CropBytes);
            for (var i = 0; i < slice.Count; i++)
            {
                crops.Slice(i * _signature.CropBytes, _signature.CropBytes).CopyTo(_session.Input(images + i));
            }

            if (_queue.Release(slice.Job))
            {
                images += slice.Count;
            }
            else
            {
                _batch.RemoveAt(_batch.Count - 1);
            }
        }

        return images;
    }

    private void Compute(int images)
    {
        using var activity = BatchActivity.Start(_metrics, _batch, images);
        var started = _timeProvider.GetTimestamp();
        foreach (var (job, _, _) in _batch)
        {
            if (job.StartedAt is null)
            {
                job.StartedAt = started;
                _metrics.JobStarted(_timeProvider.GetElapsedTime(job.EnqueuedAt, started).TotalSeconds);
            }
        }

        _session.Run(images, _abort.Token);
        var ended = _timeProvider.GetTimestamp();
        _metrics.BatchCompleted(images, _timeProvider.GetElapsedTime(started, ended).TotalSeconds);

        var slot = 0;
        foreach (var slice in _batch)
        {
            CopyFeatures(slice, slot);
            slot += slice.Count;
            _queue.Complete(slice, ended);
        }
    }

    /// <summary>Without a lock: the array leaves this thread only when the job is answered, and that is done here.</summary>
    private void CopyFeatures(JobSlice slice, int slot)
    {
        var size = _signature.EmbeddingSize;
        var features = slice.Job.Features ??= GC.AllocateUninitializedArray<float>(slice.Job.Count * size);
        for (var i = 0; i < slice.Count; i++)
        {
            _session.Output(slot + i).CopyTo(features.AsSpan((slice.First + i) * size, size));
        }
    }

    private void FailBatch(InferenceErrorKind kind)
    {
        foreach (var (job, _, _) in _batch)
        {
            _queue.Fail(job, kind);
        }
    }
}
