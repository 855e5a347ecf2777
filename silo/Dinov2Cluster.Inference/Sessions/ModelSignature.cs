using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>What a session takes and gives.</summary>
/// <param name="ImageSize">Side of the square crop in pixels, S.</param>
/// <param name="EmbeddingSize">Features per image, D.</param>
/// <param name="MaxBatchSize">Crops per run at most.</param>
/// <param name="FixedBatch">Every run computes <paramref name="MaxBatchSize"/> crops, however few are wanted.</param>
/// <param name="PatchTokens">Patch tokens per image, P; 0 when the model gives the CLS token alone.</param>
public readonly record struct ModelSignature(int ImageSize, int EmbeddingSize, int MaxBatchSize, bool FixedBatch = false, int PatchTokens = 0)
{
    /// <summary>Bytes of one crop: uint8 <c>[S, S, 3]</c>.</summary>
    public int CropBytes => checked(ImageSize * ImageSize * 3);

    /// <summary>Floats that an output has per image; 0 when the model doesn't give it.</summary>
    public int FeaturesOf(Output output) => output switch
    {
        Output.Cls => EmbeddingSize,
        Output.ClsMean when PatchTokens > 0 => 2 * EmbeddingSize,
        Output.PatchTokens => checked(PatchTokens * EmbeddingSize),
        _ => 0,
    };
}
