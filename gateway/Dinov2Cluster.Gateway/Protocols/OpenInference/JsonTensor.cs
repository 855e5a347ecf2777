using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Finds the images in a tensor's JSON data, flat or nested: nothing of them is copied.</summary>
/// <param name="tensor">What the data should be.</param>
/// <param name="body">The JSON of the request.</param>
internal readonly struct JsonTensor(ImageTensor tensor, ReadOnlyMemory<byte> body)
{
    /// <summary>Reads from an opening bracket.</summary>
    /// <param name="start">Where that is; a reader has already been over the data.</param>
    /// <exception cref="EmbeddingException">The data is no such tensor.</exception>
    public List<ImageInput> Read(int start)
    {
        var reader = new Utf8JsonReader(body.Span[start..], isFinalBlock: false, default);
        var images = new List<ImageInput>(tensor.Rows);
        var element = tensor.IsPixels ? JsonTokenType.Number : JsonTokenType.String;
        long count = 0;
        var row = 0;
        do
        {
            reader.Read();
            if (reader.TokenType == element)
            {
                if (count == tensor.Elements)
                {
                    throw tensor.WrongData;
                }

                if (count++ % tensor.RowElements == 0)
                {
                    row = start + (int)reader.TokenStartIndex;
                }

                if (count % tensor.RowElements == 0)
                {
                    images.Add(tensor.IsPixels ? Pixels(row, start + (int)reader.BytesConsumed) : String(row, reader));
                }
            }
            else if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
            {
                throw tensor.WrongData;
            }
        }
        while (reader.CurrentDepth > 0 || reader.TokenType != JsonTokenType.EndArray);

        return count == tensor.Elements ? images : throw tensor.WrongData;
    }

    private ImageInput Pixels(int start, int end) => new(body[start..end], ImageInputKind.JsonPixelValues);

    private ImageInput String(int start, in Utf8JsonReader reader) =>
        new(body.Slice(start + 1, reader.ValueSpan.Length), reader.ValueIsEscaped ? ImageInputKind.JsonText : ImageInputKind.Text);
}
