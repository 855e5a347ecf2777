using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Inference.Sessions;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference;

/// <summary>Loads models onto devices.</summary>
/// <param name="metrics">Where the engines report.</param>
/// <param name="time">The clock of deadlines, delays and durations.</param>
/// <param name="loggerFactory">Where they log.</param>
public sealed class InferenceEngineFactory(InferenceMetrics metrics, TimeProvider time, ILoggerFactory loggerFactory)
{
    private readonly ILogger _logger = loggerFactory.CreateLogger<InferenceEngine>();

    /// <summary>Loads a model and warms it up, measuring its cost curve. Runs off the calling thread: a large model takes minutes.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="onnxPath">Path of <c>model.onnx</c>, with its external data next to it. A simulated device never opens it.</param>
    /// <param name="manifest">The content of <c>model.json</c>; null for an export that has none.</param>
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

        var started = time.GetTimestamp();
        var largest = batching.MaxBatchSizeOf(device.Kind);
        var session = await Task.Run(() => CreateSession(onnxPath, manifest, device, largest, cancellationToken), cancellationToken);
        try
        {
            var warmUp = new WarmUp(session, largest, model, device.Id.ToString(), time, _logger);
            var (lanes, costs) = await warmUp.RunAsync(cancellationToken);
            var engine = new InferenceEngine(model, device.Id, session, lanes, new CostProfile(costs, time), batching, time, metrics, _logger);
            InferenceLog.EngineReady(
                _logger, model, device.Id.ToString(), engine.ImageSize, engine.EmbeddingSize, engine.MaxBatchSize, engine.Costs.ImagesPerSecond,
                time.GetElapsedTime(started).TotalSeconds);
            return engine;
        }
        catch (OnnxRuntimeException exception)
        {
            // The session is not freed: the device may be lost, and then the process would end here without a word (see InferenceEngine.DisposeAsync).
            throw CannotWarmUp(model, device.Id, exception);
        }
        catch (Exception exception)
        {
            session.Dispose();
            if (exception is OutOfDeviceMemoryException or OutOfMemoryException or OverflowException)
            {
                throw CannotWarmUp(model, device.Id, exception);
            }

            throw;
        }
    }

    private static ModelException CannotWarmUp(string model, DeviceId device, Exception exception) =>
        new($"{model} can't be warmed up on {device}: {exception.FirstLine()}", exception);

    private IModelSession CreateSession(string onnxPath, ModelManifest? manifest, DeviceOptions device, int maxBatchSize, CancellationToken cancellationToken)
    {
        if (device.Kind == DeviceKind.Simulated)
        {
            var simulated = device.Simulated;
            var signature = new ModelSignature(
                manifest?.ImageSize ?? simulated.ImageSize, manifest?.EmbeddingSize ?? simulated.EmbeddingSize, maxBatchSize, PatchTokens: manifest?.PatchTokens ?? 0);
            return new SimulatedModelSession(signature, simulated, time);
        }

        OnnxRuntimeLog.Route(_logger);
        return OnnxModelSession.Load(onnxPath, manifest, device, maxBatchSize, cancellationToken);
    }
}
