namespace Dinov2Cluster.Imaging;

/// <summary>An image was refused. <see cref="Exception.Message"/> is fixed per <see cref="Kind"/> and safe to show to a client; details are only in the inner exception.</summary>
/// <param name="kind">Why.</param>
/// <param name="inner">What the decoder or the network said, for the log.</param>
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
