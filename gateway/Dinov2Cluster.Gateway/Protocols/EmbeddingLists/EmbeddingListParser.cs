using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>
/// Reads requests for lists of embeddings, which OpenAI's API and Azure AI's have in common. Images are slices of the body: no string is
/// made of any. Keys may come in any order, the last of several equal keys counts, and null means absent.
/// </summary>
internal static class EmbeddingListParser
{
    // A model is named after its directory.
    private const int LongestModel = 255;

    /// <summary>Reads a request.</summary>
    /// <param name="body">The whole body; the result points into it.</param>
    /// <param name="maxImages">Most images that are accepted.</param>
    /// <param name="refuseUnknown">Whether unknown fields are refused, or ignored.</param>
    /// <exception cref="EmbeddingException">The body is not such a request, or asks for an impossible embedding.</exception>
    public static EmbeddingListRequest Parse(ReadOnlyMemory<byte> body, int maxImages, bool refuseUnknown) =>
        JsonBody.Parse(body, json => ReadBody(json, maxImages, refuseUnknown));

    private static EmbeddingListRequest ReadBody(ReadOnlyMemory<byte> body, int maxImages, bool refuseUnknown)
    {
        var reader = new Utf8JsonReader(body.Span);
        JsonBody.Enter(ref reader);
        string? model = null;
        List<ImageInput>? images = null;
        var encoding = EmbeddingEncoding.Float;
        var options = default(EmbeddingOptions);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (JsonBody.TryEnter(ref reader, EmbeddingListFields.Input))
            {
                images = reader.TokenType == JsonTokenType.Null ? null : new ImageItems(body, maxImages).Read(ref reader);
            }
            else if (JsonBody.TryEnter(ref reader, EmbeddingListFields.Model))
            {
                model = ReadModel(reader);
            }
            else if (JsonBody.TryEnter(ref reader, EmbeddingListFields.EncodingFormat))
            {
                encoding = ReadEncoding(reader);
            }
            else if (JsonBody.TryEnter(ref reader, EmbeddingListFields.Dimensions))
            {
                ThrowIfGiven(reader);
            }
            else if (!EmbeddingOptionsReader.TryRead(ref reader, ref options))
            {
                PassOver(ref reader, refuseUnknown);
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        ThrowIfNotFlat(options.Output);
        return new(
            model,
            images ?? throw EmbeddingException.BadRequest("A value is not provided for the 'input' parameter.", EmbeddingListFields.Input),
            options,
            encoding);
    }

    private static string? ReadModel(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String when reader.ValueSpan.Length > LongestModel => throw new EmbeddingException(EmbeddingErrorKind.UnknownModel),
        JsonTokenType.String => reader.GetString(),
        _ => throw EmbeddingException.BadRequest("'model' should be a string.", EmbeddingListFields.Model),
    };

    private static EmbeddingEncoding ReadEncoding(in Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("float"u8)))
        {
            return EmbeddingEncoding.Float;
        }

        return reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("base64"u8)
            ? EmbeddingEncoding.Base64
            : throw EmbeddingException.Refused(
                EmbeddingErrorKind.UnsupportedOutput, "'encoding_format' should be 'float' or 'base64'.", EmbeddingListFields.EncodingFormat);
    }

    private static void ThrowIfGiven(in Utf8JsonReader dimensions)
    {
        if (dimensions.TokenType != JsonTokenType.Null)
        {
            throw EmbeddingException.Refused(
                EmbeddingErrorKind.UnsupportedOutput,
                "'dimensions' is not supported: the model's embeddings have one size, and lose their meaning when they are cut.",
                EmbeddingListFields.Dimensions);
        }
    }

    private static void ThrowIfNotFlat(Output output)
    {
        if (output == Output.PatchTokens)
        {
            throw EmbeddingException.Refused(
                EmbeddingErrorKind.UnsupportedOutput,
                "'output' can't be 'patch_tokens' here, since an embedding is one flat list. POST /score gives them.",
                EmbeddingOptionsReader.OutputField);
        }
    }

    private static void PassOver(ref Utf8JsonReader reader, bool refuseUnknown)
    {
        if (refuseUnknown && !reader.ValueTextEquals(EmbeddingListFields.InputType))
        {
            throw EmbeddingException.BadRequest(
                "The request has a parameter that is not known. Send the header 'extra-parameters: drop' to have such ones ignored.");
        }

        reader.Read();
    }
}
