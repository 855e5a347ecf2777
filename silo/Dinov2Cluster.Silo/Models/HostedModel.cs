using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>A loaded model on a device.</summary>
/// <param name="Engine">Session and batcher.</param>
/// <param name="Manifest">Null for somebody else's ONNX export.</param>
internal sealed record HostedModel(InferenceEngine Engine, ModelManifest? Manifest)
{
    private static readonly PreprocessorConfig Published = new();

    /// <summary>The catalog's entry. The resize keeps the checkpoint's ratio of shorter edge to crop, whatever size the model was compiled for.</summary>
    public DeviceOffer Offer(DeviceAddress address)
    {
        var preprocessing = Manifest?.Preprocessing ?? Published;
        var shortestEdge = (int)Math.Round((double)Engine.ImageSize * preprocessing.ShortestEdge / preprocessing.CropSize);
        return new(address, Engine.EmbeddingSize, shortestEdge, Engine.ImageSize, Engine.QueueDepth);
    }
}
