using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

/// <summary>
/// A table in pandas' orientation "split": <c>{"columns":["image"],"index":[0],"data":[["..."]]}</c>, keys in any order,
/// <c>index</c> optional.
/// </summary>
/// <param name="body">What the reader reads, from its first byte on.</param>
/// <param name="maxImages">Most rows that are accepted.</param>
/// <param name="field">The field of the request that holds the table.</param>
internal readonly struct SplitTable(ReadOnlyMemory<byte> body, int maxImages, string field)
{
    /// <summary>Reads from the opening to the closing brace.</summary>
    public List<ImageInput> Read(ref Utf8JsonReader reader)
    {
        ColumnLayout? columns = null;
        int? index = null;
        List<ImageInput>? rows = null;
        // Data whose columns are not known yet, or change afterwards, is read again from here.
        Utf8JsonReader data = default;
        ColumnLayout? usedColumns = null;
        var hasData = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isColumns = reader.ValueTextEquals("columns"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (isColumns)
            {
                columns = IsList(reader, "columns") ? ColumnLayout.Read(ref reader) : null;
            }
            else if (isIndex)
            {
                index = IsList(reader, "index") ? CountItems(ref reader) : null;
            }
            else if (isData)
            {
                hasData = IsList(reader, "data");
                data = reader;
                usedColumns = hasData && columns?.ImageColumn is not null ? columns : null;
                rows = usedColumns is { } known ? ReadRows(ref reader, known) : null;
            }

            reader.Skip();
        }

        var layout = columns ?? throw MissingList("columns");
        _ = layout.RequireImageColumn(field);
        if (!hasData)
        {
            throw MissingList("data");
        }

        if (rows is null || usedColumns != layout)
        {
            rows = ReadRows(ref data, layout);
        }

        return index is null || index == rows.Count
            ? rows
            : throw EmbeddingException.BadRequest($"'index' in '{field}' should have as many items as 'data'.", field);
    }

    private bool IsList(in Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw MissingList(name),
    };

    private EmbeddingException MissingList(string name) =>
        EmbeddingException.BadRequest($"'{field}' should have a list named '{name}'.", field);

    private static int CountItems(ref Utf8JsonReader reader)
    {
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            reader.Skip();
        }

        return count;
    }

    private List<ImageInput> ReadRows(ref Utf8JsonReader reader, ColumnLayout columns)
    {
        var list = new RowList(body, maxImages, field);
        var imageColumn = columns.RequireImageColumn(field);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.CheckRoom();
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw list.Error("should be a list");
            }

            ImageInput image = default;
            var cells = 0;
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; cells++)
            {
                image = cells == imageColumn ? list.ReadImage(reader) : image;
                reader.Skip();
            }

            list.Rows.Add(cells == columns.Width
                ? image
                : throw list.Error(string.Create(CultureInfo.InvariantCulture, $"should have as many items as 'columns' ({columns.Width})")));
        }

        return list.Rows;
    }
}
