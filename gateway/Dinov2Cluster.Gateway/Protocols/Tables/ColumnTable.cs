using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.Tables;

/// <summary>A table by columns, as tensors have names: <c>{"image":["..."]}</c>. The other columns are ignored.</summary>
/// <param name="body">What the reader reads, from its first byte on.</param>
/// <param name="maxImages">Most rows that are accepted.</param>
/// <param name="field">The field of the request that holds the table.</param>
internal readonly struct ColumnTable(ReadOnlyMemory<byte> body, int maxImages, string field)
{
    /// <summary>Reads from the opening to the closing brace.</summary>
    public List<ImageInput> Read(ref Utf8JsonReader reader)
    {
        List<ImageInput>? rows = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isImage = reader.ValueTextEquals(RowList.ColumnName);
            reader.Read();
            rows = isImage ? ReadColumn(ref reader) : rows;
            reader.Skip();
        }

        return rows ?? throw EmbeddingException.BadRequest($"'{field}' should have a list named 'image'.", field);
    }

    private List<ImageInput>? ReadColumn(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        var list = new RowList(body, maxImages, field);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.CheckRoom();
            list.Rows.Add(list.ReadImage(reader));
        }

        return list.Rows;
    }
}
