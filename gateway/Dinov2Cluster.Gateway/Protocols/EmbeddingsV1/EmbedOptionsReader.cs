using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Protocol.V1;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>What the options of a message mean. A value that their enums don't have is refused: an older gateway must not guess.</summary>
internal static class EmbedOptionsReader
{
    /// <summary>What is wanted of the images.</summary>
    /// <exception cref="EmbeddingException">An enum has an unknown value.</exception>
    public static EmbeddingOptions Options(EmbedOptions options) => new(
        options.Normalize,
        options.Output switch
        {
            Output.Unspecified or Output.Cls => EmbedOutput.Cls,
            Output.ClsMean => EmbedOutput.ClsMean,
            Output.PatchTokens => EmbedOutput.PatchTokens,
            _ => throw Unknown("output"),
        },
        NullOnError: options.OnError switch
        {
            OnError.Unspecified or OnError.Fail => false,
            OnError.Null => true,
            _ => throw Unknown("on_error"),
        });

    /// <summary>Whether other requests go first.</summary>
    /// <exception cref="EmbeddingException">The enum has an unknown value.</exception>
    public static EmbedPriority ReadPriority(EmbedOptions options) => options.Priority switch
    {
        Priority.Unspecified or Priority.Interactive => EmbedPriority.Interactive,
        Priority.Bulk => EmbedPriority.Bulk,
        _ => throw Unknown("priority"),
    };

    private static EmbeddingException Unknown(string field) =>
        EmbeddingException.BadRequest($"'options.{field}' has a value that this gateway does not know.", $"options.{field}");
}
