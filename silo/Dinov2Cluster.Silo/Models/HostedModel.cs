using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Repository;

namespace Dinov2Cluster.Silo.Models;

/// <summary>A loaded model on a device.</summary>
/// <param name="Engine">Computes it.</param>
/// <param name="Manifest">Null for an ONNX export of another tool.</param>
/// <param name="Checksum">See <see cref="ModelChecksum"/>.</param>
internal sealed record HostedModel(InferenceEngine Engine, ModelManifest? Manifest, string Checksum)
{
    private static readonly PreprocessorConfig _published = new();

    /// <summary>The catalog's entry.</summary>
    public DeviceOffer Offer(DeviceAddress address)
    {
        var preprocessing = (Manifest?.Preprocessing ?? _published).ForCrop(Engine.ImageSize);
        return new(
            address, Engine.EmbeddingSize, preprocessing.ShortestEdge, preprocessing.CropSize, Checksum, Engine.Costs.UpToBest(),
            Engine.QueueDepth, Engine.Computing, Engine.ImagesAnswered, Engine.PatchTokens,
            new(preprocessing.RescaleFactor, ToRgb(preprocessing.Mean), ToRgb(preprocessing.StandardDeviation)));
    }

    private static Rgb ToRgb(IReadOnlyList<double> channels) => new(channels[0], channels[1], channels[2]);
}
