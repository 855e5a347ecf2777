using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// Forms batches for one session by back-pressure: while the device computes, the queue grows; when it is free, a lane's thread takes the images
/// whose turn it is, up to the best batch, across jobs and splitting a job when needed. Answers leave the device's threads before anything continues on them.
/// </summary>
internal sealed class DynamicBatcher : IAsyncDisposable
{
    private readonly ModelSignature _signature;
    private readonly CostProfile _costs;
    private readonly TimeProvider _timeProvider;
    private readonly DeviceMetrics _metrics;
    private readonly DeviceClock _clock;
    private readonly JobQueue _queue;
    private readonly List<IModelLane> _lanes = [];
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private int _disposed;

    public DynamicBatcher(
        IModelSession session, CostProfile costs, BatchingOptions options, TimeProvider timeProvider, DeviceMetrics metrics, ILogger logger)
    {
        _signature = session.Signature;
        _costs = costs;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _clock = new DeviceClock(timeProvider);
        AllocateLanes(session);
        _queue = new JobQueue(options, costs, _clock, timeProvider, metrics);
        metrics.Observe(this);
        _running = _lanes.Count;
        foreach (var buffers in _lanes)
        {
            var lane = new BatchLane(buffers, _signature, _queue, costs, timeProvider, metrics, logger, _abort.Token);

            // A thread of its own: a run blocks for as long as the device computes, and the device's first compute thread is the one that calls it.
            new Thread(() => Serve(lane)) { IsBackground = true, Name = metrics.Device }.Start();
        }
    }

    /// <summary>Images that wait.</summary>
    public int QueueDepth => _queue.Depth;

    /// <summary>Most images that may wait.</summary>
    public int QueueLimit => _queue.Limit;

    /// <inheritdoc cref="InferenceEngine.Computing"/>
    public int Computing => _queue.Computing;

    /// <inheritdoc cref="InferenceEngine.ImagesAnswered"/>
    public long ImagesAnswered => _queue.Answered;

    /// <inheritdoc cref="InferenceEngine.MaxBatchSize"/>
    public int MaxBatchSize => _costs.Curve.MaxBatch;

    /// <inheritdoc cref="InferenceEngine.Costs"/>
    public CostCurve Costs => _costs.Curve;

    /// <inheritdoc cref="InferenceEngine.PredictDrain"/>
    public TimeSpan PredictDrain()
    {
        var now = _timeProvider.GetTimestamp();
        return _timeProvider.GetElapsedTime(now, _clock.FreeAt(now)) + _costs.Curve.PredictDrain(QueueDepth);
    }

    /// <inheritdoc cref="InferenceEngine.EmbedAsync"/>
    public Task<EmbeddingResult> EmbedAsync(
        ReadOnlyMemory<byte> crops, int count, Priority priority, Output output, Deadline deadline, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (crops.Length != (long)count * _signature.CropBytes)
        {
            throw new ArgumentException($"{count} crops are {(long)count * _signature.CropBytes} bytes, not {crops.Length}.", nameof(crops));
        }

        if (_signature.FeaturesOf(output) == 0)
        {
            throw new ArgumentException($"The model doesn't give {output}.", nameof(output));
        }

        var job = new EmbeddingJob(crops, count, priority, output, deadline, cancellationToken);
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
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _queue.Dispose();
            _metrics.Dispose();
            _lanes.ForEach(lane => lane.Dispose());
        }
    }

    private void AllocateLanes(IModelSession session)
    {
        try
        {
            for (var i = 0; i < session.Lanes; i++)
            {
                _lanes.Add(session.CreateLane(MaxBatchSize));
            }
        }
        catch
        {
            _lanes.ForEach(lane => lane.Dispose());
            throw;
        }
    }

    private void Abort()
    {
        _queue.Abort();
        _abort.Cancel();
    }

    private void Serve(BatchLane lane)
    {
        lane.Loop();
        if (Interlocked.Decrement(ref _running) == 0)
        {
            _queue.FailRemaining();
            _stopped.SetResult();
        }
    }
}
