using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The tensors of a model.</summary>
internal static class ModelTensors
{
    public const string Image = "image";
    public const string PixelValues = "pixel_values";
    public const string Features = "image_features";
    public const string Bytes = "BYTES";
    public const string Float32 = "FP32";

    /// <summary>What a request may hold: one of the two.</summary>
    public static IReadOnlyList<TensorDescription> Inputs(ServedModel model) =>
        [new(Image, Bytes, [-1]), new(PixelValues, Float32, [-1, 3, model.CropSize, model.CropSize])];

    /// <summary>What it gives without parameters.</summary>
    public static IReadOnlyList<TensorDescription> Outputs(ServedModel model) => [new(Features, Float32, [-1, model.EmbeddingSize])];
}
