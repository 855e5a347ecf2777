using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Json;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>Names of fields, and which of them an error is about.</summary>
internal static class EmbeddingListFields
{
    public const string Input = "input";
    public const string Model = "model";
    public const string EncodingFormat = "encoding_format";
    public const string Dimensions = "dimensions";

    /// <summary>Says for what purpose a text is embedded; images have one purpose.</summary>
    public const string InputType = "input_type";

    /// <summary>The field at fault, or null when it is none of them.</summary>
    public static string? AtFault(EmbeddingException error) => error.Field ?? error.Kind switch
    {
        EmbeddingErrorKind.BadImage or EmbeddingErrorKind.TooManyImages => Input,
        EmbeddingErrorKind.UnknownModel => Model,
        EmbeddingErrorKind.UnsupportedOutput => EmbeddingOptionsReader.OutputField,
        _ => null,
    };
}
