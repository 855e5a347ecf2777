using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

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
