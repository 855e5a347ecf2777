using Dinov2Cluster.Grains;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>A loaded model on a device.</summary>
/// <param name="Engine">Session and batcher.</param>
/// <param name="Manifest">Null for somebody else's ONNX export.</param>
/// <param name="Checksum">See <see cref="ModelChecksum"/>.</param>
internal sealed record HostedModel(InferenceEngine Engine, ModelManifest? Manifest, string Checksum)
{
    private static readonly PreprocessorConfig Published = new();

    /// <summary>The catalog's entry.</summary>
    public DeviceOffer Offer(DeviceAddress address)
    {
        var preprocessing = (Manifest?.Preprocessing ?? Published).ForCrop(Engine.ImageSize);
        return new(
            address, Engine.EmbeddingSize, preprocessing.ShortestEdge, preprocessing.CropSize, Checksum, Costs(),
            Engine.QueueDepth, Engine.Computing, Engine.ImagesAnswered, Engine.PatchTokens,
            new(preprocessing.RescaleFactor, ToRgb(preprocessing.Mean), ToRgb(preprocessing.StandardDeviation)));
    }

    private static Rgb ToRgb(IReadOnlyList<double> channels) => new(channels[0], channels[1], channels[2]);

    private DeviceCosts Costs()
    {
        // One curve for all: the engine refines it while it runs.
        var curve = Engine.Costs;
        return new([.. Enumerable.Range(1, curve.BestBatch).Select(curve.Seconds)]);
    }
}
