using System.Numerics;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Protocols.Tables;

namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>Finds the images of an invocation in its UTF-8 body; no strings are created.</summary>
/// <remarks>As with Python's <c>json</c>, keys may come in any order and the last of several equal keys counts.</remarks>
internal static class InvocationParser
{
    private const string Split = "dataframe_split";
    private const string Records = "dataframe_records";
    private const string Instances = "instances";
    private const string Inputs = "inputs";

    /// <summary>Reads the rows and the options of a request.</summary>
    /// <param name="body">The whole body; the result points into it.</param>
    /// <param name="maxImages">Most rows that are accepted.</param>
    /// <exception cref="EmbeddingException">The body is not an invocation, or holds too many images.</exception>
    public static (IReadOnlyList<ImageInput> Images, EmbeddingOptions Options) Parse(ReadOnlyMemory<byte> body, int maxImages) =>
        JsonBody.Parse(body, json => ReadBody(json, maxImages));

    private static (IReadOnlyList<ImageInput> Images, EmbeddingOptions Options) ReadBody(ReadOnlyMemory<byte> body, int maxImages)
    {
        var reader = new Utf8JsonReader(body.Span);
        JsonBody.Enter(ref reader);
        List<ImageInput> rows = [];
        var formats = InvocationFormats.None;
        var options = default(EmbeddingOptions);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var format = Format(reader);
            var isParams = reader.ValueTextEquals("params"u8);
            reader.Read();
            if (format != InvocationFormats.None)
            {
                formats |= format;
                rows = ReadRows(ref reader, format, body, maxImages);
            }
            else if (isParams)
            {
                options = EmbeddingOptionsReader.ReadParams(ref reader);
            }

            reader.Skip();
        }

        // Anything but white space after the closing brace throws here.
        reader.Read();
        return BitOperations.PopCount((uint)formats) == 1
            ? (rows, options)
            : throw EmbeddingException.BadRequest(
                $"The input must be a JSON dictionary with exactly one of the input fields '{Split}', '{Records}', '{Instances}' and '{Inputs}'.");
    }

    private static InvocationFormats Format(in Utf8JsonReader reader) =>
        reader.ValueTextEquals(Split) ? InvocationFormats.DataFrameSplit
        : reader.ValueTextEquals(Records) ? InvocationFormats.DataFrameRecords
        : reader.ValueTextEquals(Instances) ? InvocationFormats.Instances
        : reader.ValueTextEquals(Inputs) ? InvocationFormats.Inputs
        : InvocationFormats.None;

    private static List<ImageInput> ReadRows(
        ref Utf8JsonReader reader, InvocationFormats format, ReadOnlyMemory<byte> body, int maxImages) => (format, reader.TokenType) switch
    {
        (InvocationFormats.DataFrameSplit, JsonTokenType.StartObject) => new SplitTable(new(body, maxImages, Split)).Read(ref reader),
        (InvocationFormats.DataFrameSplit, _) => throw EmbeddingException.BadRequest($"'{Split}' should be a dictionary with 'columns' and 'data'.", Split),
        (InvocationFormats.DataFrameRecords, JsonTokenType.StartArray) => new RowList(body, maxImages, Records).ReadRecords(ref reader),
        (InvocationFormats.DataFrameRecords, _) => throw EmbeddingException.BadRequest($"'{Records}' should be a list of records.", Records),
        (InvocationFormats.Instances, JsonTokenType.StartArray) => new RowList(body, maxImages, Instances).ReadRecords(ref reader, allowStrings: true),
        (InvocationFormats.Instances, _) => throw EmbeddingException.BadRequest($"'{Instances}' should be a list.", Instances),
        (_, JsonTokenType.StartArray) => new RowList(body, maxImages, Inputs).ReadRecords(ref reader, allowStrings: true),
        (_, JsonTokenType.StartObject) => new RowList(body, maxImages, Inputs).ReadColumns(ref reader),
        _ => throw EmbeddingException.BadRequest($"'{Inputs}' should be a list, or a dictionary with a list named 'image'.", Inputs),
    };
}

/// <summary>MLflow's input fields: a request has exactly one.</summary>
[Flags]
internal enum InvocationFormats
{
    None = 0,

    /// <summary><c>dataframe_split</c>: <c>{"columns":["image"],"data":[["..."]]}</c>.</summary>
    DataFrameSplit = 1,

    /// <summary><c>dataframe_records</c>: <c>[{"image":"..."}]</c>.</summary>
    DataFrameRecords = 2,

    /// <summary><c>instances</c>, by rows, as in TensorFlow Serving: <c>["..."]</c> or <c>[{"image":"..."}]</c>.</summary>
    Instances = 4,

    /// <summary><c>inputs</c>, by columns, as in TensorFlow Serving: <c>{"image":["..."]}</c>, or like <see cref="Instances"/>.</summary>
    Inputs = 8,
}
