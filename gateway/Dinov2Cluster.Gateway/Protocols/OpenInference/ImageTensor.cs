using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging.Sources;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The input tensor of a request, with a valid name, datatype and shape.</summary>
/// <param name="IsPixels">Whether it is <c>pixel_values</c>; else it is <c>image</c>.</param>
/// <param name="Rows">Images.</param>
/// <param name="RowElements">Elements of each.</param>
internal readonly record struct ImageTensor(bool IsPixels, int Rows, int RowElements)
{
    /// <summary>There is not exactly one input, or its name is unknown.</summary>
    public static EmbeddingException WrongInputs => EmbeddingException.BadRequest("'inputs' should hold one tensor: 'image' or 'pixel_values'.", "inputs");

    /// <summary>An unknown output is requested, or more than one.</summary>
    public static EmbeddingException WrongOutputs => EmbeddingException.BadRequest("'outputs' should name 'image_features' once, or nothing.", "outputs");

    /// <summary>The data does not fit the tensor.</summary>
    public EmbeddingException WrongData => EmbeddingException.BadRequest(IsPixels
        ? "The data of 'pixel_values' should be as many float32 numbers as its shape says."
        : "The data of 'image' should be as many strings or files as its shape says.");

    /// <summary>Elements of all rows.</summary>
    public long Elements => (long)Rows * RowElements;

    /// <summary>Checks name, datatype and shape.</summary>
    /// <exception cref="EmbeddingException">The model does not take this tensor, or it holds too many images.</exception>
    public static ImageTensor Check(string? name, string? datatype, IReadOnlyList<long> shape, ServedModel model, int maxImages)
    {
        var isPixels = name == ModelTensors.PixelValues;
        if (!isPixels && name != ModelTensors.Image)
        {
            throw WrongInputs;
        }

        if (datatype != (isPixels ? ModelTensors.Float32 : ModelTensors.Bytes))
        {
            throw EmbeddingException.BadRequest(isPixels ? "The datatype of 'pixel_values' should be FP32." : "The datatype of 'image' should be BYTES.");
        }

        var size = model.CropSize;
        var fits = isPixels
            ? shape is [>= 0, 3, var height, var width] && height == size && width == size
            : shape is [>= 0] or [>= 0, 1];
        if (!fits)
        {
            throw EmbeddingException.BadRequest(isPixels
                ? string.Create(CultureInfo.InvariantCulture, $"The shape of 'pixel_values' should be [n,3,{size},{size}].")
                : "The shape of 'image' should be [n] or [n,1].");
        }

        return shape[0] <= maxImages
            ? new(isPixels, (int)shape[0], isPixels ? 3 * size * size : 1)
            : throw EmbeddingException.TooManyImages(maxImages, shape[0]);
    }

    /// <summary>A file or a string without quotes; the first bytes show which.</summary>
    public static ImageInput Element(ReadOnlyMemory<byte> element) =>
        new(element, ImageString.IsFile(element.Span) ? ImageInputKind.Encoded : ImageInputKind.Text);

    /// <summary>
    /// Slices raw data: row-major and little-endian; each element of <c>image</c> behind its length in 4 bytes
    /// (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md).
    /// </summary>
    /// <exception cref="EmbeddingException">It is not as long as the tensor is.</exception>
    public List<ImageInput> FromRaw(ReadOnlyMemory<byte> data) => IsPixels ? RawPixels(data) : RawElements(data);

    private List<ImageInput> RawPixels(ReadOnlyMemory<byte> data)
    {
        if (data.Length != Elements * sizeof(float))
        {
            throw WrongData;
        }

        var row = RowElements * sizeof(float);
        var images = new List<ImageInput>(Rows);
        for (var i = 0; i < Rows; i++)
        {
            images.Add(new(data.Slice(i * row, row), ImageInputKind.PixelValues));
        }

        return images;
    }

    private List<ImageInput> RawElements(ReadOnlyMemory<byte> data)
    {
        var images = new List<ImageInput>(Rows);
        for (var i = 0; i < Rows; i++)
        {
            if (!BinaryPrimitives.TryReadUInt32LittleEndian(data.Span, out var length) || length > data.Length - sizeof(uint))
            {
                throw WrongData;
            }

            var end = sizeof(uint) + (int)length;
            images.Add(Element(data[sizeof(uint)..end]));
            data = data[end..];
        }

        return data.IsEmpty ? images : throw WrongData;
    }
}

/// <summary>Finds the images in a tensor's JSON data, flat or nested, without copying.</summary>
/// <param name="tensor">The tensor that the data should fill.</param>
/// <param name="body">The JSON of the request.</param>
internal readonly struct JsonTensor(ImageTensor tensor, ReadOnlyMemory<byte> body)
{
    /// <summary>Reads from an opening bracket.</summary>
    /// <param name="start">Its position; the data is valid JSON.</param>
    /// <exception cref="EmbeddingException">The data does not fit the tensor.</exception>
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
