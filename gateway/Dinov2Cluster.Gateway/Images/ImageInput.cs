using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Images;

/// <summary>An image of a request, as a slice of the request's own bytes: no copy, no <see cref="string"/>.</summary>
/// <param name="Bytes">The bytes; a string is without its quotes.</param>
/// <param name="Kind">What they are.</param>
internal readonly record struct ImageInput(ReadOnlyMemory<byte> Bytes, ImageInputKind Kind)
{
    /// <summary>The characters of a <see cref="ImageInputKind.JsonText"/>. The caller disposes the result.</summary>
    /// <exception cref="ImageException">An escape is half a surrogate pair, so the string is not an image.</exception>
    public PooledBuffer Unescape()
    {
        // An escape is never shorter than its character.
        var text = PooledBuffer.Rent(Bytes.Length);
        if (JsonEscapes.TryResolve(Bytes.Span, text.Writable.Span, out var length))
        {
            text.Truncate(length);
            return text;
        }

        text.Dispose();
        throw new ImageException(ImageErrorKind.InvalidBase64);
    }
}

/// <summary>The form in which a client sends an image.</summary>
internal enum ImageInputKind
{
    /// <summary>URL, data URI or base64, as UTF-8.</summary>
    Text,

    /// <summary>Like <see cref="Text"/>, with JSON escapes. They are resolved when the image is read, in parallel, not when the request is parsed.</summary>
    JsonText,

    /// <summary>An <c>http(s)://</c> URL, as UTF-8; nothing else.</summary>
    Url,

    /// <summary>An image file.</summary>
    Encoded,

    /// <summary>uint8 [size, size, 3], RGB: an image that is already preprocessed for the model.</summary>
    Crop,

    /// <summary>float32 [3, size, size], RGB, little-endian: the pixels of a crop, normalized like the output of the checkpoint's own preprocessor.</summary>
    PixelValues,

    /// <summary>Like <see cref="PixelValues"/>, as valid JSON numbers with nothing but brackets, commas and white space between them.</summary>
    JsonPixelValues,
}
