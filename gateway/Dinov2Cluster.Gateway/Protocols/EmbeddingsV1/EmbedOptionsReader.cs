using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Primitives;
using Wire = Dinov2Cluster.Protocol.V1;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>Reads the options of a message. An unknown enum value is refused: an older gateway must not guess.</summary>
internal static class EmbedOptionsReader
{
    /// <summary>The options of the core.</summary>
    /// <exception cref="EmbeddingException">An enum has an unknown value.</exception>
    public static EmbeddingOptions Options(Wire.EmbedOptions options) => new(
        options.Normalize,
        options.Output switch
        {
            Wire.Output.Unspecified or Wire.Output.Cls => Output.Cls,
            Wire.Output.ClsMean => Output.ClsMean,
            Wire.Output.PatchTokens => Output.PatchTokens,
            _ => throw Unknown("output"),
        },
        NullOnError: options.OnError switch
        {
            Wire.OnError.Unspecified or Wire.OnError.Fail => false,
            Wire.OnError.Null => true,
            _ => throw Unknown("on_error"),
        });

    /// <summary>Whether other requests go first.</summary>
    /// <exception cref="EmbeddingException">The enum has an unknown value.</exception>
    public static Priority ReadPriority(Wire.EmbedOptions options) => options.Priority switch
    {
        Wire.Priority.Unspecified or Wire.Priority.Interactive => Priority.Interactive,
        Wire.Priority.Bulk => Priority.Bulk,
        _ => throw Unknown("priority"),
    };

    private static EmbeddingException Unknown(string field) =>
        EmbeddingException.BadRequest($"'options.{field}' has a value that this gateway does not know.", $"options.{field}");
}
