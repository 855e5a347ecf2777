using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Microsoft.Net.Http.Headers;

namespace Dinov2Cluster.Gateway.Protocols.Json;

/// <summary>Reads JSON bodies of clients.</summary>
internal static class JsonBody
{
    /// <summary>Reads a body with a <see cref="Utf8JsonReader"/> over all of it.</summary>
    public delegate T Read<out T>(ReadOnlyMemory<byte> body);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a body; the errors have fixed texts.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="read">Reads it, from its first byte on.</param>
    /// <exception cref="EmbeddingException">The body is empty or not JSON.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> body, Read<T> read)
    {
        if (body.IsEmpty)
        {
            throw EmbeddingException.BadRequest("POST body is empty. Expecting a JSON dictionary.");
        }

        if (body.Span.StartsWith(ByteOrderMark))
        {
            body = body[ByteOrderMark.Length..];
        }

        try
        {
            return read(body);
        }
        catch (JsonException exception)
        {
            // The parser's own text can quote the client's bytes; the position is enough.
            throw EmbeddingException.BadRequest(
                $"POST body could not be decoded as JSON: line {exception.LineNumber + 1 ?? 1} column {exception.BytePositionInLine + 1 ?? 1}");
        }
        catch (InvalidOperationException)
        {
            // The reader finds this only when it compares a name. The request fails here: otherwise every such name in a body would cost
            // an exception.
            throw EmbeddingException.BadRequest("POST body could not be decoded as JSON: a name holds half a surrogate pair");
        }
    }

    /// <summary>Moves the reader from a name to its value, if it is at this name.</summary>
    public static bool TryEnter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();

    /// <summary>Moves the reader from a name to its value, if it is at this name.</summary>
    public static bool TryEnter(ref Utf8JsonReader reader, string name) => reader.ValueTextEquals(name) && reader.Read();

    /// <summary>Moves the reader into the dictionary of a body.</summary>
    /// <exception cref="EmbeddingException">It is something else.</exception>
    public static void Enter(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            // Malformed JSON has its own error.
            reader.Skip();
            reader.Read();
            throw EmbeddingException.BadRequest("POST body should be a JSON dictionary.");
        }
    }
}

/// <summary>Which content types are JSON in UTF-8.</summary>
internal static class JsonContentType
{
    /// <summary>Refuses a request with another type of body.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.UnsupportedMediaType"/>.</exception>
    public static void ThrowIfOther(HttpRequest request)
    {
        if (!IsJson(request.ContentType))
        {
            throw new EmbeddingException(EmbeddingErrorKind.UnsupportedMediaType);
        }
    }

    /// <summary>True for <c>application/json</c> and <c>application/*+json</c> with no charset, utf-8 or its subset us-ascii.</summary>
    public static bool IsJson(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var type))
        {
            return false;
        }

        var isJson = type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
            && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));
        var charset = HeaderUtilities.RemoveQuotes(type.Charset);
        return isJson
            && (charset.Length == 0
                || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase));
    }
}
