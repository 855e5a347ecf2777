using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>
/// Finds the image strings of a scoring request in its UTF-8 body, without making a string of any of them.
/// </summary>
/// <remarks>
/// As with Python's <c>json</c>, keys may come in any order and the last of several equal keys counts. So the whole body is
/// scanned once for validity and for the position of <c>input_data</c>; only then are rows read.
/// </remarks>
internal static class ScoreRequestParser
{
    // Comments and trailing commas are not JSON; rows need three levels, so the default depth of 64 is plenty.
    private static readonly JsonReaderOptions _options = new() { CommentHandling = JsonCommentHandling.Disallow };

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
            var input = FindInputData(body.Span);
            var rows = new ScoreRows(body[input..], maxImages, _options);
            return (char)body.Span[input] switch
            {
                '{' => rows.ReadSplit(),
                '[' => rows.ReadRecords(),
                _ => throw ScoreRequestException.BadRequest(
                    "The 'input_data' parameter should be a dictionary with 'columns' and 'data', or a list of records."),
            };
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

    // Offset of the first byte of input_data's value. Reads to the end, so the whole body is known to be valid JSON afterwards.
    private static int FindInputData(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, _options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            reader.Read();
            throw ScoreRequestException.BadRequest("POST body should be a JSON dictionary.");
        }

        int? input = null;
        var paramsAreValid = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals("input_data"u8);
            var isParams = reader.ValueTextEquals("params"u8);
            reader.Read();
            if (isInput)
            {
                input = reader.TokenType == JsonTokenType.Null ? null : checked((int)reader.TokenStartIndex);
            }
            else if (isParams)
            {
                paramsAreValid = reader.TokenType is JsonTokenType.Null or JsonTokenType.StartObject;
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        if (input is null)
        {
            throw ScoreRequestException.BadRequest("A value is not provided for the 'input_data' parameter.");
        }

        return paramsAreValid
            ? input.Value
            : throw ScoreRequestException.BadRequest("The 'params' parameter should be a dictionary.");
    }
}
