using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference;

/// <summary>
/// One model on one device, ready to serve. Safe for any number of callers. It batches by back-pressure: while the device computes, the
/// <see cref="JobQueue"/> grows; when the device is free, a <see cref="BatchLane"/>'s thread takes the next batch, which <see cref="BatchPlanner"/> forms.
/// </summary>
public sealed class InferenceEngine : IDeviceLoad, IAsyncDisposable
{
    private readonly IModelSession _session;
    private readonly ModelSignature _signature;
    private readonly CostProfile _costs;
    private readonly TimeProvider _time;
    private readonly DeviceMetrics _metrics;
    private readonly ILogger _logger;
    private readonly DeviceClock _clock;
    private readonly JobQueue _queue;
    private readonly IReadOnlyList<LaneThread> _lanes;
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private int _disposed;

    /// <summary>Serves with lanes that are warm, and disposes them and the session at the end.</summary>
    internal InferenceEngine(
        string model,
        DeviceId device,
        IModelSession session,
        IReadOnlyList<LaneThread> lanes,
        CostProfile costs,
        BatchingOptions options,
        TimeProvider time,
        InferenceMetrics metrics,
        ILogger logger)
    {
        (Model, Device, _session, _signature, _lanes, _costs, _time, _logger) = (model, device, session, session.Signature, lanes, costs, time, logger);
        _metrics = metrics.ForDevice(model, device.ToString());
        _clock = new DeviceClock(time);
        _queue = new JobQueue(options, costs, _clock, time, _metrics);
        _metrics.Observe(this);
        _running = _lanes.Count;
        var loss = new LossDetector(GiveUp);
        foreach (var thread in _lanes)
        {
            var lane = new BatchLane(thread.Lane, _signature, _queue, costs, loss, time, _metrics, logger, _abort.Token);
            thread.Start(() => Serve(lane));
        }
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>The device.</summary>
    public DeviceId Device { get; }

    /// <summary>The engine's name in its silo: <c>model/device</c>.</summary>
    public string Name => $"{Model}/{Device}";

    /// <summary>Side of the square crop in pixels, S.</summary>
    public int ImageSize => _signature.ImageSize;

    /// <summary>Bytes of one crop: uint8 <c>[S, S, 3]</c>.</summary>
    public int CropBytes => _signature.CropBytes;

    /// <summary>Features per image, D.</summary>
    public int EmbeddingSize => _signature.EmbeddingSize;

    /// <summary>Patch tokens per image, P; 0 when the model gives only the CLS token.</summary>
    public int PatchTokens => _signature.PatchTokens;

    /// <summary>
    /// Most images in one batch: the best batch that the warm-up found, within <see cref="BatchingOptions.MaxBatchSize"/>. Less after a batch ran out of memory.
    /// </summary>
    public int MaxBatchSize => Costs.MaxBatch;

    /// <summary>What a batch costs, by its size, as measured until now.</summary>
    public CostCurve Costs => _costs.Curve;

    /// <summary>Images in the batch that gives the most images per second now.</summary>
    public int BestBatch => Costs.BestBatch;

    /// <summary>Images that wait for the device; those that it computes are not counted.</summary>
    public int QueueDepth => _queue.Depth;

    /// <summary>Most images that may wait.</summary>
    public int QueueLimit => _queue.Limit;

    /// <summary>Images that the device computes.</summary>
    public int Computing => _queue.Computing;

    /// <summary>Images answered with features since the engine was made.</summary>
    public long ImagesAnswered => _queue.Answered;

    /// <summary>
    /// Completes when the device is lost: every image of several batches in a row failed. The result is the first line of the last error. The engine then
    /// refuses everything, and only a new process can use the device again.
    /// </summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>Floats that an output has per image; 0 when the model doesn't give it.</summary>
    public int FeaturesOf(Output output) => _signature.FeaturesOf(output);

    /// <summary>How long the device will take for the images that it computes and those that wait.</summary>
    public TimeSpan PredictDrain()
    {
        var now = _time.GetTimestamp();
        return _time.GetElapsedTime(now, _clock.FreeAt(now)) + TimeSpan.FromSeconds(Costs.DrainSeconds(QueueDepth));
    }

    /// <summary>Embeds crops. Images that expire or are canceled before the device takes them cost no compute.</summary>
    /// <param name="crops">uint8 <c>[count, S, S, 3]</c>, RGB. The caller must not change it until the task completes, and may reuse it then, whatever the outcome.</param>
    /// <param name="count">Crops, at least 1; more than a batch holds are split over batches.</param>
    /// <param name="priority">Which images go first.</param>
    /// <param name="output">Which features; see <see cref="FeaturesOf"/>. Jobs that want different features share batches.</param>
    /// <param name="deadline">When the answer is no longer wanted. Images that are predicted to miss it are refused before they cost compute.</param>
    /// <param name="cancellationToken">Cancels the images that the device has not taken; the task is canceled immediately.</param>
    /// <returns>
    /// With <see cref="EmbedStatus.Ok"/>, float32, as many per crop as the output has, in the order of the crops. Else the reason: <see cref="EmbedStatus.QueueFull"/>,
    /// <see cref="EmbedStatus.DeadlineExceeded"/>, <see cref="EmbedStatus.DeviceFailed"/> or <see cref="EmbedStatus.Draining"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The crops' length is not count * S * S * 3, or the model doesn't give the output.</exception>
    /// <exception cref="OperationCanceledException">In the task: the caller canceled.</exception>
    public Task<EmbedReply> EmbedAsync(
        ReadOnlyMemory<byte> crops, int count, Priority priority, Output output, Deadline deadline, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (crops.Length != (long)count * CropBytes)
        {
            throw new ArgumentException($"{count} crops are {(long)count * CropBytes} bytes, not {crops.Length}.", nameof(crops));
        }

        if (FeaturesOf(output) == 0)
        {
            throw new ArgumentException($"The model doesn't give {output}.", nameof(output));
        }

        var job = new EmbeddingJob(crops, count, priority, output, deadline, cancellationToken);
        _queue.Enqueue(job);
        return job.Task;
    }

    /// <summary>Refuses new images with <see cref="EmbedStatus.Draining"/>, computes those that wait, then stops.</summary>
    /// <param name="cancellationToken">Ends the drain early: stops the running batch and refuses the waiting images; the task still completes without an error.</param>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _queue.Close(abort: false);
        await using (cancellationToken.UnsafeRegister(static engine => ((InferenceEngine)engine!).Abort(), this))
        {
            await _stopped.Task;
        }
    }

    /// <summary>Drains, then frees the device's memory, unless the device is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        await DrainAsync(CancellationToken.None);
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _queue.Dispose();
            _metrics.Dispose();
            foreach (var lane in _lanes)
            {
                lane.Dispose();
            }

            if (!_lost.Task.IsCompleted)
            {
                // On a lost device CUDA refuses to free memory, and ONNX Runtime then ends the process at once (CUDAPinnedAllocator::Free).
                _session.Dispose();
            }

            InferenceLog.EngineStopped(_logger, Model, _metrics.Device);
        }
    }

    private void GiveUp(Exception last)
    {
        _lost.TrySetResult(last.FirstLine());
        Abort();
    }

    private void Abort()
    {
        _queue.Close(abort: true);
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
