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

    /// <summary>The catalog's entry.</summary>
    public DeviceOffer Offer(DeviceAddress address)
    {
        var preprocessing = (Manifest?.Preprocessing ?? Published).ForCrop(Engine.ImageSize);
        return new(address, Engine.EmbeddingSize, preprocessing.ShortestEdge, preprocessing.CropSize, Manifest?.SourceSha256 ?? "", new DeviceCosts([.. Enumerable.Range(1, Engine.BestBatch).Select(Engine.Costs.Seconds)]), Engine.QueueDepth, 0, 0);
    }
}
