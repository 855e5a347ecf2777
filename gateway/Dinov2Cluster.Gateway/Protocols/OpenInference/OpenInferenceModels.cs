using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The models, and facts about the server, in both forms of the protocol.</summary>
internal sealed class OpenInferenceModels(EmbeddingPipeline pipeline, IEmbeddingRouter router)
{
    /// <summary>The server's name.</summary>
    public const string Server = "dinov2cluster";

    /// <summary>The extension of Triton that REST requests may use.</summary>
    public const string Extension = "binary_tensor_data";

    /// <summary>The only version of every model.</summary>
    public const string Version = "1";

    /// <summary>ONNX, as the protocol names it.</summary>
    public const string Platform = "onnx_onnxv1";

    /// <summary>Finds a served model.</summary>
    /// <param name="name">Its name; empty for the default one.</param>
    /// <param name="version">Its version; null or empty for the only one.</param>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.UnknownModel"/>, or <see cref="EmbeddingErrorKind.NoDevice"/> without a name.</exception>
    public ServedModel Find(string? name, string? version)
    {
        var model = pipeline.FindModel(name);
        return IsVersion(version)
            ? model
            : throw EmbeddingException.Refused(EmbeddingErrorKind.UnknownModel, $"Every model has the version '{Version}' and no other.");
    }

    /// <summary>Whether a model is served now.</summary>
    public bool IsServed(string name, string? version) => IsVersion(version) && router.TryGetModel(name, out _);

    private static bool IsVersion(string? version) => version is null or "" or Version;
}

/// <summary>The tensors of a model.</summary>
internal static class ModelTensors
{
    public const string Image = "image";
    public const string PixelValues = "pixel_values";
    public const string Features = "image_features";
    public const string Bytes = "BYTES";
    public const string Float32 = "FP32";

    /// <summary>The inputs; a request holds one of them.</summary>
    public static IReadOnlyList<TensorDescription> Inputs(ServedModel model) =>
        [new(Image, Bytes, [-1]), new(PixelValues, Float32, [-1, 3, model.CropSize, model.CropSize])];

    /// <summary>The output without parameters.</summary>
    public static IReadOnlyList<TensorDescription> Outputs(ServedModel model) => [new(Features, Float32, [-1, model.EmbeddingSize])];
}

/// <summary>A tensor in the metadata.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype"><c>BYTES</c> or <c>FP32</c>.</param>
/// <param name="Shape">Its dimensions; -1 is one of any size.</param>
internal sealed record TensorDescription(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>What both forms of the protocol refuse.</summary>
internal static class InferOptions
{
    /// <summary>Parameters of tensors that ask for another tensor than the request or the reply holds.</summary>
    public static readonly string[] UnsupportedParameters = ["shared_memory_region", "classification"];

    /// <summary>A parameter of an extension that is not offered.</summary>
    public static EmbeddingException Unsupported(string parameter) =>
        EmbeddingException.BadRequest($"The parameter '{parameter}' is not supported.", parameter);

    /// <summary>Checks that a tensor can hold the reply.</summary>
    /// <exception cref="EmbeddingException">A failed row has no features, and a tensor has no gaps.</exception>
    public static EmbeddingOptions Check(EmbeddingOptions options) => options.NullOnError
        ? throw EmbeddingException.BadRequest("'on_error' should be 'fail' in this protocol: a tensor has no place for a row that failed.", EmbeddingOptionsReader.OnErrorField)
        : options;
}
