using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Reads the rows of <c>input_data</c>, which pandas writes in two orientations: split and records.</summary>
/// <param name="json">Valid JSON that starts with the value of <c>input_data</c>.</param>
/// <param name="maxImages">Most rows that are accepted.</param>
/// <param name="options">How to read the JSON.</param>
internal readonly struct ScoreRows(ReadOnlyMemory<byte> json, int maxImages, JsonReaderOptions options)
{
    private static ReadOnlySpan<byte> ColumnName => "image"u8;

    /// <summary><c>{"columns":["image"],"index":[0],"data":[["..."]]}</c>, keys in any order, <c>index</c> optional.</summary>
    public List<ImageText> ReadSplit()
    {
        int? columns = null;
        int? index = null;
        int? data = null;
        var reader = new Utf8JsonReader(json.Span, options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isColumns = reader.ValueTextEquals("columns"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            var start = reader.TokenType == JsonTokenType.Null ? (int?)null : (int)reader.TokenStartIndex;
            columns = isColumns ? start : columns;
            index = isIndex ? start : index;
            data = isData ? start : data;
            reader.Skip();
        }

        var (width, imageColumn) = ReadColumns(StartOfList(columns, "columns"));
        var rows = ReadData(StartOfList(data, "data"), width, imageColumn);
        if (index is not null && CountItems(StartOfList(index, "index")) != rows.Count)
        {
            throw ScoreRequestException.BadRequest("'index' in 'input_data' should have as many items as 'data'.");
        }

        return rows;
    }

    /// <summary><c>[{"image":"..."}]</c>; other keys are ignored.</summary>
    public List<ImageText> ReadRecords()
    {
        var rows = new List<ImageText>();
        var reader = new Utf8JsonReader(json.Span, options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CheckCount(rows.Count);
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw BadRow(rows.Count, "should be a dictionary with an 'image'");
            }

            ImageText? image = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isImage = reader.ValueTextEquals(ColumnName);
                reader.Read();
                if (isImage)
                {
                    image = reader.TokenType == JsonTokenType.String
                        ? Slice(reader, 0)
                        : throw BadRow(rows.Count, "'image' should be a string");
                }

                reader.Skip();
            }

            rows.Add(image ?? throw BadRow(rows.Count, "has no 'image'"));
        }

        return rows;
    }

    private static ScoreRequestException BadRow(int row, string what) =>
        ScoreRequestException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"Row {row}: {what}."));

    private int StartOfList(int? start, string name) =>
        start is { } position && json.Span[position] == (byte)'['
            ? position
            : throw ScoreRequestException.BadRequest($"'input_data' should have a list named '{name}'.");

    private (int Width, int ImageColumn) ReadColumns(int start)
    {
        var width = 0;
        var imageColumn = -1;
        var reader = new Utf8JsonReader(json.Span[start..], options);
        reader.Read();
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; width++)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(ColumnName))
            {
                imageColumn = imageColumn < 0
                    ? width
                    : throw ScoreRequestException.BadRequest("'columns' in 'input_data' should name 'image' once.");
            }

            reader.Skip();
        }

        return imageColumn >= 0
            ? (width, imageColumn)
            : throw ScoreRequestException.BadRequest("'columns' in 'input_data' should name 'image'.");
    }

    private List<ImageText> ReadData(int start, int width, int imageColumn)
    {
        var rows = new List<ImageText>();
        var reader = new Utf8JsonReader(json.Span[start..], options);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CheckCount(rows.Count);
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw BadRow(rows.Count, "should be a list");
            }

            ImageText image = default;
            var cells = 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; cells++)
            {
                if (cells == imageColumn)
                {
                    image = reader.TokenType == JsonTokenType.String
                        ? Slice(reader, start)
                        : throw BadRow(rows.Count, "'image' should be a string");
                }

                reader.Skip();
            }

            if (cells != width)
            {
                throw BadRow(rows.Count, string.Create(CultureInfo.InvariantCulture, $"should have as many items as 'columns' ({width})"));
            }

            rows.Add(image);
        }

        return rows;
    }

    private int CountItems(int start)
    {
        var count = 0;
        var reader = new Utf8JsonReader(json.Span[start..], options);
        reader.Read();
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            reader.Skip();
        }

        return count;
    }

    // TokenStartIndex is the opening quote; escaped strings keep their quotes, so that a reader can resolve them later.
    private ImageText Slice(in Utf8JsonReader reader, int start)
    {
        var quote = start + (int)reader.TokenStartIndex;
        var length = reader.ValueSpan.Length;
        return reader.ValueIsEscaped
            ? new(json.Slice(quote, length + 2), IsJsonEscaped: true)
            : new(json.Slice(quote + 1, length), IsJsonEscaped: false);
    }

    private void CheckCount(int count)
    {
        if (count >= maxImages)
        {
            throw new EmbeddingException(EmbeddingErrorKind.TooManyImages);
        }
    }
}
