using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Primitives;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference;

/// <summary>One model on one device, ready to serve: a session and its batcher. Safe for any number of callers.</summary>
public sealed class InferenceEngine : IAsyncDisposable
{
    private readonly IModelSession _session;
    private readonly DynamicBatcher _batcher;
    private readonly ILogger _logger;
    private int _disposed;

    internal InferenceEngine(string model, DeviceId device, IModelSession session, DynamicBatcher batcher, ILogger logger)
    {
        Model = model;
        Device = device;
        _session = session;
        _batcher = batcher;
        _logger = logger;
        ImageSize = session.Signature.ImageSize;
        EmbeddingSize = session.Signature.EmbeddingSize;
        CropBytes = session.Signature.CropBytes;
        PatchTokens = session.Signature.PatchTokens;
    }

    /// <summary>The model's name.</summary>
    public string Model { get; }

    /// <summary>The device.</summary>
    public DeviceId Device { get; }

    /// <summary>The engine's name in its silo: <c>model/device</c>.</summary>
    public string Name => $"{Model}/{Device}";

    /// <summary>Side of the square crop in pixels, S.</summary>
    public int ImageSize { get; }

    /// <summary>Bytes of one crop: uint8 <c>[S, S, 3]</c>.</summary>
    public int CropBytes { get; }

    /// <summary>Features per image, D.</summary>
    public int EmbeddingSize { get; }

    /// <summary>Patch tokens per image, P; 0 when the model gives the CLS token alone.</summary>
    public int PatchTokens { get; }

    /// <summary>Images in one batch at most: the best batch that the warm-up found, within <see cref="BatchingOptions.MaxBatchSize"/>.</summary>
    public int MaxBatchSize => _batcher.MaxBatchSize;

    /// <summary>What a batch costs, by its size, as measured until now.</summary>
    public CostCurve Costs => _batcher.Costs;

    /// <summary>Images in the batch that gives the most images per second now.</summary>
    public int BestBatch => Costs.BestBatch;

    /// <summary>Images that wait for the device; those that it computes are not counted.</summary>
    public int QueueDepth => _batcher.QueueDepth;

    /// <summary>Images that the device computes.</summary>
    public int Computing => _batcher.Computing;

    /// <summary>Images answered with features since the engine was made.</summary>
    public long ImagesAnswered => _batcher.ImagesAnswered;

    /// <summary>Floats that an output has per image; 0 when the model doesn't give it.</summary>
    public int FeaturesOf(Output output) => _session.Signature.FeaturesOf(output);

    /// <summary>How long the device will take for what it computes and what waits for it.</summary>
    public TimeSpan PredictDrain() => _batcher.PredictDrain();

    /// <summary>Embeds crops. Images that expire or are cancelled before the device takes them cost no compute.</summary>
    /// <param name="crops">uint8 <c>[count, S, S, 3]</c>, RGB. The caller must leave it alone until the task completes, and may reuse it from then on, whatever the outcome.</param>
    /// <param name="count">Crops, at least 1; more than a batch holds are split over batches.</param>
    /// <param name="priority">What goes first.</param>
    /// <param name="output">Which features; see <see cref="FeaturesOf"/>. Jobs that want different ones share batches.</param>
    /// <param name="deadline">When the answer is no longer wanted. Images that are predicted to miss it fail with <see cref="InferenceErrorKind.DeadlineExceeded"/> before they cost compute.</param>
    /// <param name="cancellationToken">Cancels the images that the device has not taken; the task is cancelled at once.</param>
    /// <returns>float32, as many per crop as the output has, in the order of the crops, with the times it took.</returns>
    /// <exception cref="ArgumentException">The crops' length is not count * S * S * 3, or the model doesn't give the output.</exception>
    /// <exception cref="InferenceException">In the task: why there are no features.</exception>
    /// <exception cref="OperationCanceledException">In the task: the caller cancelled.</exception>
    public Task<EmbeddingResult> EmbedAsync(
        ReadOnlyMemory<byte> crops, int count, Priority priority, Output output, Deadline deadline, CancellationToken cancellationToken) =>
        _batcher.EmbedAsync(crops, count, priority, output, deadline, cancellationToken);

    /// <summary>Refuses new images with <see cref="InferenceErrorKind.Draining"/>, computes those that wait, then stops.</summary>
    /// <param name="cancellationToken">Ends the patience: the running batch is stopped and what waits is refused; the task still completes without an error.</param>
    public Task DrainAsync(CancellationToken cancellationToken) => _batcher.DrainAsync(cancellationToken);

    /// <summary>Drains, then frees the device's memory.</summary>
    public async ValueTask DisposeAsync()
    {
        await _batcher.DisposeAsync();
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _session.Dispose();
            InferenceLog.EngineStopped(_logger, Model, Device.ToString());
        }
    }
}
