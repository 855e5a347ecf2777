using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Protocols.Tables;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>
/// <c>input</c>: an item or a list of items. An item is the image's string, or a dictionary as servers of multimodal embeddings take it:
/// <c>{"image":"..."}</c> (Jina, Azure AI), <c>{"type":"image_url","image_url":"..."}</c> or <c>{"image_url":{"url":"..."}}</c> (Voyage, vLLM).
/// </summary>
/// <param name="body">The JSON at the reader, from its first byte.</param>
/// <param name="maxImages">Most items that are accepted.</param>
internal readonly struct ImageItems(ReadOnlyMemory<byte> body, int maxImages)
{
    /// <summary>Reads the value that the reader is at, to its last token.</summary>
    public List<ImageInput> Read(ref Utf8JsonReader reader)
    {
        var list = new RowList(body, maxImages, EmbeddingListFields.Input);
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            list.CheckRoom();
            list.Rows.Add(ReadItem(ref reader, list));
            return list.Rows;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.CheckRoom();
            list.Rows.Add(ReadItem(ref reader, list));
        }

        return list.Rows;
    }

    private static ImageInput ReadItem(ref Utf8JsonReader reader, RowList list) => reader.TokenType switch
    {
        JsonTokenType.String => list.ReadImage(reader),
        JsonTokenType.StartObject => ReadDictionary(ref reader, list),
        _ => throw list.Error("should be a string, or a dictionary with an 'image'"),
    };

    private static ImageInput ReadDictionary(ref Utf8JsonReader reader, RowList list)
    {
        ImageInput? image = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isImage = reader.ValueTextEquals(RowList.ColumnName);
            var isUrl = reader.ValueTextEquals("image_url"u8);
            var isText = reader.ValueTextEquals("text"u8);
            reader.Read();
            if (isImage)
            {
                image = list.ReadImage(reader);
            }
            else if (isUrl)
            {
                image = ReadUrl(ref reader, list) ?? throw list.Error("'image_url' should be a string, or a dictionary with a 'url'");
            }
            else if (isText && reader.TokenType != JsonTokenType.Null)
            {
                throw EmbeddingException.Refused(
                    EmbeddingErrorKind.UnsupportedOutput,
                    string.Create(CultureInfo.InvariantCulture, $"Row {list.Rows.Count}: 'text' is not supported: the model embeds images only."),
                    EmbeddingListFields.Input);
            }

            reader.Skip();
        }

        return image ?? throw list.Error("has no 'image'");
    }

    private static ImageInput? ReadUrl(ref Utf8JsonReader reader, RowList list) => reader.TokenType switch
    {
        JsonTokenType.String => list.ReadImage(reader),
        JsonTokenType.StartObject => ReadUrlDictionary(ref reader, list),
        _ => null,
    };

    private static ImageInput? ReadUrlDictionary(ref Utf8JsonReader reader, RowList list)
    {
        ImageInput? url = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUrl = reader.ValueTextEquals("url"u8);
            reader.Read();
            url = isUrl && reader.TokenType == JsonTokenType.String ? list.ReadImage(reader) : url;
            reader.Skip();
        }

        return url;
    }
}
