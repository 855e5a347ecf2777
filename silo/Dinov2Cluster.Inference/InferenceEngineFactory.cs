using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference;

/// <summary>Loads models onto devices.</summary>
/// <param name="metrics">Where the engines report.</param>
/// <param name="timeProvider">The clock of deadlines, delays and durations.</param>
/// <param name="loggerFactory">Where they log.</param>
public sealed class InferenceEngineFactory(InferenceMetrics metrics, TimeProvider timeProvider, ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = loggerFactory.CreateLogger<InferenceEngine>();

    /// <summary>Loads a model and warms it up, measuring its cost curve, off the calling thread: a large one takes minutes. The engine is ready when the task completes.</summary>
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
        var engine = await Task.Run(
            () =>
            {
                var session = sessions.Create(onnxPath, manifest, device, batching.MaxBatchSize, cancellationToken);
                try
                {
                    var costs = new CostProfiler(timeProvider).Measure(session, batching.MaxBatchSize, cancellationToken);
                    var reporting = metrics.ForDevice(model, device.Id.ToString());
                    var batcher = new DynamicBatcher(session, new CostProfile(costs, timeProvider), batching, timeProvider, reporting, _logger);
                    return new InferenceEngine(model, device.Id, session, batcher, _logger);
                }
                catch
                {
                    session.Dispose();
                    throw;
                }
            },
            cancellationToken);
        InferenceLog.EngineReady(
            _logger, model, device.Id.ToString(), engine.ImageSize, engine.EmbeddingSize, engine.MaxBatchSize, engine.Costs.ImagesPerSecond(engine.BestBatch),
            timeProvider.GetElapsedTime(started).TotalSeconds);
        return engine;
    }
}
