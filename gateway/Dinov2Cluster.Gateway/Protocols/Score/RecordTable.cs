using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary><c>input_data</c> in pandas' orientation "records": <c>[{"image":"..."}]</c>.</summary>
internal readonly struct RecordTable(ReadOnlyMemory<byte> body, int maxImages)
{
    /// <summary>Reads from the opening to the closing bracket.</summary>
    public List<ImageInput> Read(ref Utf8JsonReader reader)
    {
        var list = new RowList(body, maxImages);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.CheckRoom();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw list.Error("should be a dictionary with an 'image'");
            }

            ImageInput? image = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isImage = reader.ValueTextEquals(RowList.ColumnName);
                reader.Read();
                image = isImage ? list.ReadImage(reader) : image;
                reader.Skip();
            }

            list.Rows.Add(image ?? throw list.Error("has no 'image'"));
        }

        return list.Rows;
    }
}
