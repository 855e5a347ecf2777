using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model.Compiler;
using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>Makes the session that a device's kind asks for, warmed up.</summary>
internal sealed class ModelSessionFactory(TimeProvider timeProvider, ILogger logger)
{
    public IModelSession Create(string onnxPath, ModelManifest? manifest, DeviceOptions device, int maxBatchSize, CancellationToken cancellationToken)
    {
        if (device.Kind == DeviceKind.Simulated)
        {
            var simulated = device.Simulated;
            var signature = new ModelSignature(
                manifest?.ImageSize ?? simulated.ImageSize, manifest?.EmbeddingSize ?? simulated.EmbeddingSize, maxBatchSize, PatchTokens: manifest?.PatchTokens ?? 0);
            return new SimulatedModelSession(signature, simulated, timeProvider);
        }

        OnnxRuntimeLog.Route(logger);
        return OnnxModelSession.Load(onnxPath, manifest, device, maxBatchSize, cancellationToken);
    }
}
