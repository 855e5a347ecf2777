using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Repository;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference;

/// <summary>Loads models onto devices.</summary>
/// <param name="metrics">Where the engines report.</param>
/// <param name="timeProvider">The clock of deadlines, delays and durations.</param>
/// <param name="loggerFactory">Where they log.</param>
public sealed class InferenceEngineFactory(InferenceMetrics metrics, TimeProvider timeProvider, ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = loggerFactory.CreateLogger<InferenceEngine>();

    /// <summary>Loads a model and warms it up, off the calling thread: a large one takes minutes. The engine is ready when the task completes.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="onnxPath">Path of <c>model.onnx</c>, with its external data beside it. A simulated device never opens it.</param>
    /// <param name="manifest">What <c>model.json</c> says; null for an export that has none.</param>
    /// <param name="device">The device.</param>
    /// <param name="batching">How it forms batches.</param>
    /// <param name="cancellationToken">Stops the load.</param>
    /// <exception cref="ModelException">The model can't be loaded or served, or this build can't use the device.</exception>
    public async Task<InferenceEngine> CreateAsync(
        string model, string onnxPath, ModelManifest? manifest, DeviceOptions device, BatchingOptions batching, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentNullException.ThrowIfNull(onnxPath);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(batching);

        var started = timeProvider.GetTimestamp();
        var sessions = new ModelSessionFactory(timeProvider, _logger);
        var session = await Task.Run(() => sessions.Create(onnxPath, manifest, device, batching.MaxBatchSize, cancellationToken), cancellationToken);
        var batcher = new DynamicBatcher(session, batching, timeProvider, metrics.ForDevice(model, device.Id.ToString()), _logger);
        var engine = new InferenceEngine(model, device.Id, session, batcher, _logger);
        InferenceLog.EngineReady(
            _logger, model, device.Id.ToString(), engine.ImageSize, engine.EmbeddingSize, engine.MaxBatchSize, timeProvider.GetElapsedTime(started).TotalSeconds);
        return engine;
    }
}
