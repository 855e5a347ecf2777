namespace Dinov2Cluster.Inference.Sessions;

/// <summary>What a session takes and gives.</summary>
/// <param name="ImageSize">Side of the square crop in pixels, S.</param>
/// <param name="EmbeddingSize">Features per image, D.</param>
/// <param name="MaxBatchSize">Crops per run at most.</param>
/// <param name="FixedBatch">Every run computes <paramref name="MaxBatchSize"/> crops, however few are wanted.</param>
public readonly record struct ModelSignature(int ImageSize, int EmbeddingSize, int MaxBatchSize, bool FixedBatch = false)
{
    /// <summary>Bytes of one crop: uint8 <c>[S, S, 3]</c>.</summary>
    public int CropBytes => checked(ImageSize * ImageSize * 3);
}
