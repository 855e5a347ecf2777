using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>A request for a list of embeddings.</summary>
/// <param name="Model">Name of the model; null or empty for the default.</param>
/// <param name="Images">The images.</param>
/// <param name="Options">The options.</param>
/// <param name="Encoding">How the embeddings are written.</param>
internal sealed record EmbeddingListRequest(
    string? Model, IReadOnlyList<ImageInput> Images, EmbeddingOptions Options, EmbeddingEncoding Encoding) : ProtocolRequest(Model, Images, Options);

/// <summary>How an embedding is written.</summary>
internal enum EmbeddingEncoding
{
    /// <summary>A list of numbers.</summary>
    Float,

    /// <summary>A string: base64 of little-endian float32.</summary>
    Base64,
}

/// <summary>Names of fields, and the field of an error.</summary>
internal static class EmbeddingListFields
{
    public const string Input = "input";
    public const string Model = "model";
    public const string EncodingFormat = "encoding_format";
    public const string Dimensions = "dimensions";

    /// <summary>Purpose of a text's embedding; images have only one.</summary>
    public const string InputType = "input_type";

    /// <summary>The field of the error, or null when it is none of these.</summary>
    public static string? AtFault(EmbeddingException error) => error.Field ?? error.Kind switch
    {
        EmbeddingErrorKind.BadImage or EmbeddingErrorKind.TooManyImages => Input,
        EmbeddingErrorKind.UnknownModel => Model,
        EmbeddingErrorKind.UnsupportedOutput => EmbeddingOptionsReader.OutputField,
        _ => null,
    };
}
