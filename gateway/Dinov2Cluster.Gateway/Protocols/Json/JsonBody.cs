using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Protocols.Json;

/// <summary>Reads JSON bodies of clients.</summary>
internal static class JsonBody
{
    /// <summary>Reads a body with a <see cref="Utf8JsonReader"/> over all of it.</summary>
    public delegate T Read<out T>(ReadOnlyMemory<byte> body);

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a body, and says in fixed words what is wrong with it.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="read">Reads it, from its first byte on.</param>
    /// <exception cref="EmbeddingException">The body is empty, or no JSON.</exception>
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
        catch (JsonException error)
        {
            // The parser's own text can quote the client's bytes; the position says enough.
            throw EmbeddingException.BadRequest(
                $"POST body could not be decoded as JSON: line {error.LineNumber + 1 ?? 1} column {error.BytePositionInLine + 1 ?? 1}");
        }
        catch (InvalidOperationException)
        {
            // The reader only finds this when it compares a name. The request ends here: to go on would let a body full of
            // such names cost an exception each.
            throw EmbeddingException.BadRequest("POST body could not be decoded as JSON: a name holds half a surrogate pair");
        }
    }

    /// <summary>Moves the reader into the dictionary that a body must be.</summary>
    /// <exception cref="EmbeddingException">It is something else.</exception>
    public static void Enter(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            // What is not even JSON is told so.
            reader.Skip();
            reader.Read();
            throw EmbeddingException.BadRequest("POST body should be a JSON dictionary.");
        }
    }
}
