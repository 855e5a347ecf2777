namespace Dinov2Cluster.Imaging;

/// <summary>The reasons a client can be told why its image was refused: a fixed set, so that no decoder's or socket's own text ever leaves the process.</summary>
public enum ImageErrorKind
{
    /// <summary>The image string, or the file behind it, has no bytes.</summary>
    Empty,

    /// <summary>The string is not base64 with right padding.</summary>
    InvalidBase64,

    /// <summary>The string starts with <c>data:</c> but is not a data URI.</summary>
    InvalidDataUri,

    /// <summary>The string starts with <c>http://</c> or <c>https://</c> but is not a URL that may be fetched.</summary>
    InvalidUrl,

    /// <summary>The URL was refused or did not give an image. One reason for all, so that a reply maps no network.</summary>
    FetchFailed,

    /// <summary>The encoded image is larger than <see cref="ImagingOptions.MaxEncodedBytes"/>.</summary>
    EncodedTooLarge,

    /// <summary>The image has more pixels than <see cref="ImagingOptions.MaxPixels"/>, or an edge longer than 262,144.</summary>
    TooManyPixels,

    /// <summary>The bytes are no JPEG, PNG, WebP, GIF, BMP or TIFF, or a variant of one that is not supported.</summary>
    UnsupportedFormat,

    /// <summary>The file is truncated or damaged.</summary>
    Corrupt,

    /// <summary>The image is said to be preprocessed already, and does not have the size that the model takes.</summary>
    WrongSize,

    /// <summary>The image is said to be normalised pixel values, and some of them are those of no pixel.</summary>
    NotNormalized,
}
