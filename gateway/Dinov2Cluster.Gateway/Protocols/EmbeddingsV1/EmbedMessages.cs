using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// Reads the requests of <c>dinov2.v1.Embeddings</c>. Images are slices of the message. A repeated field follows the rules of protobuf (messages merge,
/// the last source of an image counts), and unknown fields are skipped.
/// </summary>
internal static class EmbedMessages
{
    /// <summary>Reads an <c>EmbedRequest</c>.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="maxImages">Most images; the reader stops there.</param>
    /// <exception cref="EmbeddingException">It is malformed, an image has no source, or there are too many.</exception>
    public static (List<ImageInput> Images, EmbedOptions Options) ReadRequest(ReadOnlyMemory<byte> message, int maxImages)
    {
        var images = new List<ImageInput>();
        var options = new EmbedOptions();
        try
        {
            for (var reader = new ProtoReader(message); reader.TryRead(out var field);)
            {
                if (field is { Number: EmbedRequest.ImagesFieldNumber, IsBytes: true })
                {
                    if (images.Count == maxImages)
                    {
                        throw new EmbeddingException(EmbeddingErrorKind.TooManyImages);
                    }

                    images.Add(ReadImage(field.Bytes) ?? throw EmbeddingException.BadRequest(
                        $"Row {images.Count}: the image has none of 'encoded', 'url' and 'crop'.", $"images[{images.Count}]"));
                }
                else if (field is { Number: EmbedRequest.OptionsFieldNumber, IsBytes: true })
                {
                    options.MergeFrom(field.Bytes.Span);
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidProtocolBufferException)
        {
            throw Malformed(nameof(EmbedRequest));
        }

        return (images, options);
    }

    /// <summary>Reads an <c>EmbedStreamRequest</c>.</summary>
    /// <returns>The client's id, the image or null when it has no source, and the options or null when there are none.</returns>
    /// <exception cref="EmbeddingException">The message is malformed.</exception>
    public static (ulong Id, ImageInput? Image, EmbedOptions? Options) ReadStreamRequest(ReadOnlyMemory<byte> message)
    {
        var id = 0UL;
        ImageInput? image = null;
        EmbedOptions? options = null;
        try
        {
            for (var reader = new ProtoReader(message); reader.TryRead(out var field);)
            {
                switch (field)
                {
                    case { Number: EmbedStreamRequest.IdFieldNumber, IsBytes: false }:
                        id = field.Value;
                        break;
                    case { Number: EmbedStreamRequest.ImageFieldNumber, IsBytes: true }:
                        image = ReadImage(field.Bytes) ?? image;
                        break;
                    case { Number: EmbedStreamRequest.OptionsFieldNumber, IsBytes: true }:
                        options ??= new EmbedOptions();
                        options.MergeFrom(field.Bytes.Span);
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidProtocolBufferException)
        {
            throw Malformed(nameof(EmbedStreamRequest));
        }

        return (id, image, options);
    }

    private static ImageInput? ReadImage(ReadOnlyMemory<byte> message)
    {
        ImageInput? image = null;
        for (var reader = new ProtoReader(message); reader.TryRead(out var field);)
        {
            image = field switch
            {
                { Number: Image.EncodedFieldNumber, IsBytes: true } => new(field.Bytes, ImageInputKind.Encoded),
                { Number: Image.UrlFieldNumber, IsBytes: true } => new(field.Bytes, ImageInputKind.Url),
                { Number: Image.CropFieldNumber, IsBytes: true } => new(field.Bytes, ImageInputKind.Crop),
                _ => image,
            };
        }

        return image;
    }

    private static EmbeddingException Malformed(string type) => EmbeddingException.BadRequest($"The message is not a dinov2.v1.{type}.");
}
