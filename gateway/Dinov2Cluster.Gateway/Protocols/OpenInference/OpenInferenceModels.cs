using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The models and what the server says of itself and of them, in both forms of the protocol.</summary>
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
