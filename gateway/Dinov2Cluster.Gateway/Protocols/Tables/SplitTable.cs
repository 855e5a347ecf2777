using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

/// <summary>
/// A table in pandas' orientation "split": <c>{"columns":["image"],"index":[0],"data":[["..."]]}</c>, keys in any order,
/// <c>index</c> optional.
/// </summary>
/// <param name="list">Receives the rows.</param>
internal readonly struct SplitTable(RowList list)
{
    /// <summary>Reads from the opening to the closing brace.</summary>
    public List<ImageInput> Read(ref Utf8JsonReader reader)
    {
        Columns? columns = null;
        int? index = null;
        // Position of the data: read again when its columns come, or change, afterwards.
        Utf8JsonReader data = default;
        Columns? usedColumns = null;
        var hasData = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isColumns = reader.ValueTextEquals("columns"u8);
            var isIndex = reader.ValueTextEquals("index"u8);
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (isColumns)
            {
                columns = IsList(reader, "columns") ? ReadColumns(ref reader) : null;
            }
            else if (isIndex)
            {
                index = IsList(reader, "index") ? CountItems(ref reader) : null;
            }
            else if (isData)
            {
                hasData = IsList(reader, "data");
                data = reader;
                usedColumns = hasData && columns?.Images == 1 ? columns : null;
                if (usedColumns is { } known)
                {
                    ReadRows(ref reader, known);
                }
            }

            reader.Skip();
        }

        var last = columns ?? throw MissingList("columns");
        if (last.Images != 1)
        {
            throw EmbeddingException.BadRequest($"'columns' in '{list.Field}' should name 'image'{(last.Images > 1 ? " once" : "")}.", list.Field);
        }

        if (!hasData)
        {
            throw MissingList("data");
        }

        if (usedColumns != last)
        {
            ReadRows(ref data, last);
        }

        return index is null || index == list.Rows.Count
            ? list.Rows
            : throw EmbeddingException.BadRequest($"'index' in '{list.Field}' should have as many items as 'data'.", list.Field);
    }

    private bool IsList(in Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.StartArray => true,
        JsonTokenType.Null => false,
        _ => throw MissingList(name),
    };

    private EmbeddingException MissingList(string name) =>
        EmbeddingException.BadRequest($"'{list.Field}' should have a list named '{name}'.", list.Field);

    private static int CountItems(ref Utf8JsonReader reader)
    {
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            reader.Skip();
        }

        return count;
    }

    private static Columns ReadColumns(ref Utf8JsonReader reader)
    {
        var (width, image, images) = (0, 0, 0);
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; width++)
        {
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(RowList.ColumnName))
            {
                (image, images) = (width, images + 1);
            }

            reader.Skip();
        }

        return new(width, image, images);
    }

    private void ReadRows(ref Utf8JsonReader reader, Columns columns)
    {
        list.Rows.Clear();
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
                image = cells == columns.Image ? list.ReadImage(reader) : image;
                reader.Skip();
            }

            list.Rows.Add(cells == columns.Width
                ? image
                : throw list.Error(string.Create(CultureInfo.InvariantCulture, $"should have as many items as 'columns' ({columns.Width})")));
        }
    }

    // Number of columns, index of the (last) one named "image", and how many have that name.
    private readonly record struct Columns(int Width, int Image, int Images);
}

/// <summary>Reads the rows of a request. Images are slices of the body; other columns are ignored.</summary>
/// <param name="body">The JSON at the reader, from its first byte.</param>
/// <param name="maxImages">Most rows that are accepted.</param>
/// <param name="field">The field of the request that holds them.</param>
internal readonly struct RowList(ReadOnlyMemory<byte> body, int maxImages, string field)
{
    /// <summary>Name of the column with the images.</summary>
    public static ReadOnlySpan<byte> ColumnName => "image"u8;

    /// <summary>The field of the request that holds the rows.</summary>
    public string Field { get; } = field;

    /// <summary>The rows so far.</summary>
    public List<ImageInput> Rows { get; } = [];

    /// <summary>Reads a list of records, from its opening to its closing bracket: <c>[{"image":"..."}]</c>, pandas' orientation "records".</summary>
    /// <param name="reader">At the opening bracket.</param>
    /// <param name="allowStrings">Whether a row may also be its image alone: <c>["..."]</c>.</param>
    public List<ImageInput> ReadRecords(ref Utf8JsonReader reader, bool allowStrings = false)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CheckRoom();
            Rows.Add(reader.TokenType switch
            {
                JsonTokenType.StartObject => ReadRecord(ref reader),
                JsonTokenType.String when allowStrings => ReadImage(reader),
                _ => throw Error(allowStrings ? "should be a string, or a dictionary with an 'image'" : "should be a dictionary with an 'image'"),
            });
        }

        return Rows;
    }

    /// <summary>Reads named columns, from the opening to the closing brace: <c>{"image":["..."]}</c>.</summary>
    public List<ImageInput> ReadColumns(ref Utf8JsonReader reader)
    {
        var hasImages = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isImage = reader.ValueTextEquals(ColumnName);
            reader.Read();
            if (isImage)
            {
                Rows.Clear();
                hasImages = reader.TokenType == JsonTokenType.StartArray;
                while (hasImages && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    CheckRoom();
                    Rows.Add(ReadImage(reader));
                }
            }

            reader.Skip();
        }

        return hasImages ? Rows : throw EmbeddingException.BadRequest($"'{Field}' should have a list named 'image'.", Field);
    }

    /// <summary>Fails when the list is full, before the next row is read.</summary>
    public void CheckRoom()
    {
        if (Rows.Count >= maxImages)
        {
            throw EmbeddingException.TooManyImages(maxImages);
        }
    }

    /// <summary>The string at the reader.</summary>
    public ImageInput ReadImage(in Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw Error("'image' should be a string");
        }

        var quote = (int)reader.TokenStartIndex;
        return new(body.Slice(quote + 1, reader.ValueSpan.Length), reader.ValueIsEscaped ? ImageInputKind.JsonText : ImageInputKind.Text);
    }

    /// <summary>The current row is malformed.</summary>
    public EmbeddingException Error(string what) =>
        EmbeddingException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"Row {Rows.Count}: {what}."), Field);

    private ImageInput ReadRecord(ref Utf8JsonReader reader)
    {
        ImageInput? image = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isImage = reader.ValueTextEquals(ColumnName);
            reader.Read();
            image = isImage ? ReadImage(reader) : image;
            reader.Skip();
        }

        return image ?? throw Error("has no 'image'");
    }
}
