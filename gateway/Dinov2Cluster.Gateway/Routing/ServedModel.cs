using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>A model that some device serves now, and what the gateway must know to prepare its input.</summary>
/// <param name="Name">Name of the model's directory in the repository.</param>
/// <param name="EmbeddingSize">Features per vector.</param>
/// <param name="ShortestEdge">Shorter edge after the resize, in pixels.</param>
/// <param name="CropSize">Edge of the square centre crop, in pixels.</param>
/// <param name="Checksum">Names the exact weights: two devices with the same one give the same features.</param>
/// <param name="PatchTokens">Patch tokens per image; 0 when the model gives the CLS token only.</param>
/// <param name="Normalization">What the model does with pixels.</param>
internal sealed record ServedModel(
    string Name, int EmbeddingSize, int ShortestEdge, int CropSize, string Checksum, int PatchTokens, PixelNormalization Normalization)
{
    /// <summary>Whether the model gives an output.</summary>
    public bool Gives(Output output) => output == Output.Cls || PatchTokens > 0;

    /// <summary>Features that an image gives.</summary>
    public int FeaturesPerImage(Output output) => output.Vectors(PatchTokens) * output.Dimensions(EmbeddingSize);
}
