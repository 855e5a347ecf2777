using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>
/// Finds the image strings of a scoring request in its UTF-8 body, without making a string of any of them and, with the usual order
/// of keys, in one pass.
/// </summary>
/// <remarks>As with Python's <c>json</c>, keys may come in any order and the last of several equal keys counts.</remarks>
internal static class ScoreRequestParser
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the rows of a request.</summary>
    /// <param name="body">The whole body; the result points into it.</param>
    /// <param name="maxImages">Most rows that are accepted.</param>
    /// <exception cref="ScoreRequestException">The body is not a scoring request.</exception>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.TooManyImages"/>.</exception>
    public static IReadOnlyList<ImageText> Parse(ReadOnlyMemory<byte> body, int maxImages)
    {
        if (body.IsEmpty)
        {
            throw ScoreRequestException.BadRequest("POST body is empty. Expecting a JSON dictionary.");
        }

        if (body.Span.StartsWith(ByteOrderMark))
        {
            body = body[ByteOrderMark.Length..];
        }

        try
        {
            return ReadBody(body, maxImages);
        }
        catch (JsonException error)
        {
            // The parser's own text can quote the client's bytes; the position says enough.
            throw ScoreRequestException.BadRequest(
                $"POST body could not be decoded as JSON: line {error.LineNumber + 1 ?? 1} column {error.BytePositionInLine + 1 ?? 1}");
        }
        catch (InvalidOperationException)
        {
            // The reader only finds this when it compares a name. The request ends here: to go on would let a body full of
            // such names cost an exception each.
            throw ScoreRequestException.BadRequest("POST body could not be decoded as JSON: a name holds half a surrogate pair");
        }
    }

    private static List<ImageText> ReadBody(ReadOnlyMemory<byte> body, int maxImages)
    {
        var reader = new Utf8JsonReader(body.Span);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            // What is not even JSON is told so.
            reader.Skip();
            reader.Read();
            throw ScoreRequestException.BadRequest("POST body should be a JSON dictionary.");
        }

        List<ImageText>? rows = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("input_data"u8);
            var isParams = reader.ValueTextEquals("params"u8);
            reader.Read();
            if (isInput)
            {
                rows = ReadInput(ref reader, body, maxImages);
            }
            else if (isParams && reader.TokenType is not (JsonTokenType.Null or JsonTokenType.StartObject))
            {
                throw ScoreRequestException.BadRequest("The 'params' parameter should be a dictionary.");
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        return rows ?? throw ScoreRequestException.BadRequest("A value is not provided for the 'input_data' parameter.");
    }

    private static List<ImageText>? ReadInput(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, int maxImages) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.StartObject => new SplitTable(body, maxImages).Read(ref reader),
        JsonTokenType.StartArray => new RecordTable(body, maxImages).Read(ref reader),
        _ => throw ScoreRequestException.BadRequest(
            "The 'input_data' parameter should be a dictionary with 'columns' and 'data', or a list of records."),
    };
}
