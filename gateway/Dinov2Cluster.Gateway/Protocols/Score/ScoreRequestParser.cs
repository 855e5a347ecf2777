using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Protocols.Tables;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Finds the images of a scoring request in its UTF-8 body: no strings are created, and the usual order of keys needs one pass.</summary>
/// <remarks>As with Python's <c>json</c>, keys may come in any order and the last of several equal keys counts.</remarks>
internal static class ScoreRequestParser
{
    private const string Input = "input_data";

    /// <summary>Reads the rows and the options of a request.</summary>
    /// <param name="body">The whole body; the result points into it.</param>
    /// <param name="maxImages">Most rows that are accepted.</param>
    /// <exception cref="EmbeddingException">The body is not a scoring request, or holds too many images.</exception>
    public static (IReadOnlyList<ImageInput> Images, EmbeddingOptions Options) Parse(ReadOnlyMemory<byte> body, int maxImages) =>
        JsonBody.Parse(body, json => ReadBody(json, maxImages));

    private static (IReadOnlyList<ImageInput> Images, EmbeddingOptions Options) ReadBody(ReadOnlyMemory<byte> body, int maxImages)
    {
        var reader = new Utf8JsonReader(body.Span);
        JsonBody.Enter(ref reader);
        List<ImageInput>? rows = null;
        var options = default(EmbeddingOptions);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals(Input);
            var isParams = reader.ValueTextEquals("params"u8);
            reader.Read();
            if (isInput)
            {
                rows = ReadInput(ref reader, body, maxImages);
            }
            else if (isParams)
            {
                options = EmbeddingOptionsReader.ReadParams(ref reader);
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        return (rows ?? throw EmbeddingException.BadRequest("A value is not provided for the 'input_data' parameter."), options);
    }

    private static List<ImageInput>? ReadInput(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, int maxImages) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.StartObject => new SplitTable(new(body, maxImages, Input)).Read(ref reader),
        JsonTokenType.StartArray => new RowList(body, maxImages, Input).ReadRecords(ref reader),
        _ => throw EmbeddingException.BadRequest(
            "The 'input_data' parameter should be a dictionary with 'columns' and 'data', or a list of records."),
    };
}
