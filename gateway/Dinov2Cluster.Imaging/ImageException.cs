namespace Dinov2Cluster.Imaging;

/// <summary>
/// An image was refused. <see cref="Exception.Message"/> is fixed per <see cref="Kind"/> and safe to show to a client; details are only in
/// the inner exception.
/// </summary>
/// <param name="kind">The reason.</param>
/// <param name="inner">The error of the decoder or the network, for the log.</param>
public sealed class ImageException(ImageErrorKind kind, Exception? inner = null) : Exception(Describe(kind), inner)
{
    /// <summary>Why the image was refused.</summary>
    public ImageErrorKind Kind { get; } = kind;

    private static string Describe(ImageErrorKind kind) => kind switch
    {
        ImageErrorKind.Empty => "The image is empty.",
        ImageErrorKind.InvalidBase64 => "The image is not valid base64.",
        ImageErrorKind.InvalidDataUri => "The image is not a valid data URI.",
        ImageErrorKind.InvalidUrl => "The image URL is not valid.",
        ImageErrorKind.FetchFailed => "The image URL could not be fetched.",
        ImageErrorKind.EncodedTooLarge => "The encoded image is too large.",
        ImageErrorKind.TooManyPixels => "The image has too many pixels.",
        ImageErrorKind.UnsupportedFormat => "The image format is not supported.",
        ImageErrorKind.Corrupt => "The image is truncated or corrupt.",
        ImageErrorKind.WrongSize => "The preprocessed image does not have the size that the model takes.",
        ImageErrorKind.NotNormalized => "The values are not normalised pixels.",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}

/// <summary>The reasons for refusing an image that a client may see. The set is fixed, so no text of a decoder or socket leaves the process.</summary>
public enum ImageErrorKind
{
    /// <summary>The image string, or the file behind it, has no bytes.</summary>
    Empty,

    /// <summary>The string is not base64 with correct padding.</summary>
    InvalidBase64,

    /// <summary>The string starts with <c>data:</c> but is not a data URI.</summary>
    InvalidDataUri,

    /// <summary>The string starts with <c>http://</c> or <c>https://</c> but is not a URL that may be fetched.</summary>
    InvalidUrl,

    /// <summary>The URL was refused or did not give an image. All causes share one reason, so a reply reveals nothing about the network.</summary>
    FetchFailed,

    /// <summary>The encoded image is larger than <see cref="ImagingOptions.MaxEncodedBytes"/>.</summary>
    EncodedTooLarge,

    /// <summary>The image has more pixels than <see cref="ImagingOptions.MaxPixels"/>, or an edge longer than 262,144.</summary>
    TooManyPixels,

    /// <summary>The bytes are not a JPEG, PNG, WebP, GIF, BMP or TIFF, or are a variant that is not supported.</summary>
    UnsupportedFormat,

    /// <summary>The file is truncated or damaged.</summary>
    Corrupt,

    /// <summary>The client sent a preprocessed image, but not in the size that the model takes.</summary>
    WrongSize,

    /// <summary>The client sent normalized pixel values, but some of them do not belong to any pixel.</summary>
    NotNormalized,
}
