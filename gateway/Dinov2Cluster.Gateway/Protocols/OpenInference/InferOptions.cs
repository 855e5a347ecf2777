using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>What both forms of the protocol refuse to do.</summary>
internal static class InferOptions
{
    public const string SharedMemory = "shared_memory_region";
    public const string Classification = "classification";

    /// <summary>A parameter of an extension that is not offered.</summary>
    public static EmbeddingException Unsupported(string parameter) =>
        EmbeddingException.BadRequest($"The parameter '{parameter}' is not supported.", parameter);

    /// <summary>Options that a tensor can carry the answer to.</summary>
    /// <exception cref="EmbeddingException">A failed row would have no features, and a tensor has no holes.</exception>
    public static EmbeddingOptions Check(EmbeddingOptions options) => options.NullOnError
        ? throw EmbeddingException.BadRequest("'on_error' should be 'fail' in this protocol: a tensor has no place for a row that failed.", EmbeddingOptionsReader.OnErrorField)
        : options;
}
