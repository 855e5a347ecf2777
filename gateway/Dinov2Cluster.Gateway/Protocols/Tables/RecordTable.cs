using System.Text.Json;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

/// <summary>A table in pandas' orientation "records": <c>[{"image":"..."}]</c>.</summary>
/// <param name="body">What the reader reads, from its first byte on.</param>
/// <param name="maxImages">Most rows that are accepted.</param>
/// <param name="field">The field of the request that holds the table.</param>
/// <param name="allowStrings">Whether a row may also be its image alone: <c>["..."]</c>.</param>
internal readonly struct RecordTable(ReadOnlyMemory<byte> body, int maxImages, string field, bool allowStrings = false)
{
    /// <summary>Reads from the opening to the closing bracket.</summary>
    public List<ImageInput> Read(ref Utf8JsonReader reader)
    {
        var list = new RowList(body, maxImages, field);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.CheckRoom();
            list.Rows.Add(reader.TokenType switch
            {
                JsonTokenType.StartObject => ReadRecord(ref reader, list),
                JsonTokenType.String when allowStrings => list.ReadImage(reader),
                _ => throw list.Error(allowStrings ? "should be a string, or a dictionary with an 'image'" : "should be a dictionary with an 'image'"),
            });
        }

        return list.Rows;
    }

    private static ImageInput ReadRecord(ref Utf8JsonReader reader, RowList list)
    {
        ImageInput? image = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isImage = reader.ValueTextEquals(RowList.ColumnName);
            reader.Read();
            image = isImage ? list.ReadImage(reader) : image;
            reader.Skip();
        }

        return image ?? throw list.Error("has no 'image'");
    }
}
