namespace Dinov2Cluster.Gateway.Images;

/// <summary>In which form a client gives an image.</summary>
internal enum ImageInputKind
{
    /// <summary>URL, data URI or base64, as UTF-8.</summary>
    Text,

    /// <summary>Like <see cref="Text"/>, with JSON escapes, which are resolved when the image is read, which is parallel, not when the request is parsed.</summary>
    JsonText,

    /// <summary>An <c>http(s)://</c> URL, as UTF-8; nothing else.</summary>
    Url,

    /// <summary>An image file.</summary>
    Encoded,

    /// <summary>uint8 [size, size, 3], RGB: an image that is already preprocessed for the model.</summary>
    Crop,

    /// <summary>float32 [3, size, size], RGB, little-endian: the pixels of a crop, normalised as the checkpoint's own preprocessor does.</summary>
    PixelValues,

    /// <summary>Like <see cref="PixelValues"/>, as valid JSON numbers with nothing but brackets, commas and white space between them.</summary>
    JsonPixelValues,
}
