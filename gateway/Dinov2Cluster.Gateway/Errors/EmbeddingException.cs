using System.Globalization;
using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Errors;

/// <summary>An expected error of a request. Its message is for the log; clients get <see cref="EmbeddingErrors.Message"/>.</summary>
internal sealed class EmbeddingException(
    EmbeddingErrorKind kind,
    string? message = null,
    int? row = null,
    TimeSpan? retryAfter = null,
    Exception? innerException = null) : Exception(message ?? kind.ToString(), innerException)
{
    private readonly FaultOf? _fault;

    /// <summary>What went wrong.</summary>
    public EmbeddingErrorKind Kind { get; } = kind;

    /// <summary>What follows from the kind.</summary>
    public EmbeddingErrorInfo Info => EmbeddingErrors.For(Kind);

    /// <summary>Whose fault it is: that of the kind, or the caller's when the caller's own deadline passed.</summary>
    public FaultOf Fault
    {
        get => _fault ?? Info.Fault;
        private init => _fault = value;
    }

    /// <summary>Zero-based row of the request, when a single row failed.</summary>
    public int? Row { get; } = row;

    /// <summary>Duration to wait, for kinds that <see cref="EmbeddingErrorInfo.MayRetry"/>; null for a default one.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Why the image was refused, for <see cref="EmbeddingErrorKind.BadImage"/>; clients may read its message.</summary>
    public ImageException? ImageError => InnerException as ImageException;

    /// <summary>What clients read instead of the kind's own text: fixed words and numbers, never the client's data.</summary>
    public string? ClientMessage { get; private init; }

    /// <summary>The field of the request that is wrong, for protocols that report one.</summary>
    public string? Field { get; private init; }

    /// <summary>The request is not what its protocol asks for.</summary>
    public static EmbeddingException BadRequest(string clientMessage, string? field = null) => Refused(EmbeddingErrorKind.BadRequest, clientMessage, field);

    /// <summary>The request is refused, with a text of its own.</summary>
    public static EmbeddingException Refused(EmbeddingErrorKind kind, string clientMessage, string? field = null, TimeSpan? retryAfter = null) =>
        new(kind, clientMessage, retryAfter: retryAfter) { ClientMessage = clientMessage, Field = field };

    /// <summary>The body is too large.</summary>
    /// <param name="limit"><c>Gateway:MaxBodyBytes</c>.</param>
    public static EmbeddingException BodyTooLarge(int limit) =>
        Refused(EmbeddingErrorKind.BodyTooLarge, Invariant($"POST body is larger than the limit of {limit} bytes (Gateway:MaxBodyBytes)."));

    /// <summary>The request holds too many images.</summary>
    /// <param name="limit"><c>Gateway:MaxImagesPerRequest</c>.</param>
    /// <param name="count">Images of the request; null when nothing counted beyond the limit.</param>
    public static EmbeddingException TooManyImages(int limit, long? count = null) => Refused(
        EmbeddingErrorKind.TooManyImages,
        count is { } images
            ? Invariant($"The request holds {images} images; at most {limit} are allowed (Gateway:MaxImagesPerRequest).")
            : Invariant($"The request holds more than {limit} images; at most {limit} are allowed (Gateway:MaxImagesPerRequest)."));

    /// <summary>The features of the images are too large for one reply.</summary>
    /// <param name="images">Images of the request.</param>
    /// <param name="bytesPerImage">Bytes of an image's features.</param>
    /// <param name="limit"><c>Gateway:MaxReplyBytes</c>.</param>
    public static EmbeddingException ReplyTooLarge(int images, long bytesPerImage, int limit) => Refused(
        EmbeddingErrorKind.TooManyImages,
        Invariant($"The features of {images} images take {images * bytesPerImage} bytes; a reply may hold {limit} (Gateway:MaxReplyBytes), those of {limit / bytesPerImage} images."));

    /// <summary>The image of a row was refused.</summary>
    public static EmbeddingException BadImage(int row, ImageException error) =>
        new(EmbeddingErrorKind.BadImage, row: row, innerException: error);

    /// <summary>A deadline passed that the caller set.</summary>
    public static EmbeddingException CallersDeadline(EmbeddingException? cause = null) =>
        new(EmbeddingErrorKind.DeadlineExceeded, innerException: cause) { Fault = FaultOf.Caller };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Why a request ended without a result, as the metrics count it.</summary>
/// <param name="Reason">An error's reason, or that of <see cref="ClientDisconnected"/>.</param>
/// <param name="Fault">Whose fault it is.</param>
internal readonly record struct RequestFailure(string Reason, FaultOf Fault)
{
    /// <summary>The client went away.</summary>
    public static RequestFailure ClientDisconnected { get; } = new("client_disconnected", FaultOf.Caller);

    /// <summary>The failure that an error is.</summary>
    public static RequestFailure Of(EmbeddingException error) => new(error.Info.Reason, error.Fault);

    /// <summary>The failure that an error of a kind is.</summary>
    public static RequestFailure Of(EmbeddingErrorKind kind) => new(EmbeddingErrors.For(kind).Reason, EmbeddingErrors.For(kind).Fault);
}

/// <summary>Why a request failed. <see cref="EmbeddingErrors"/> has what follows from it.</summary>
internal enum EmbeddingErrorKind
{
    /// <summary>The request is not what its protocol asks for; see <see cref="EmbeddingException.ClientMessage"/>.</summary>
    BadRequest,

    /// <summary>The route does not read bodies of this type.</summary>
    UnsupportedMediaType,

    /// <summary>The body is larger than the limit.</summary>
    BodyTooLarge,

    /// <summary>The request holds too many images, or asks for more features than a reply may hold.</summary>
    TooManyImages,

    /// <summary>An image can't be read; see <see cref="EmbeddingException.Row"/> and <see cref="EmbeddingException.ImageError"/>.</summary>
    BadImage,

    /// <summary>No model of that name is served.</summary>
    UnknownModel,

    /// <summary>The model does not give the requested output.</summary>
    UnsupportedOutput,

    /// <summary>The request has no valid key or token.</summary>
    Unauthenticated,

    /// <summary>The caller is known, and may not do this.</summary>
    Forbidden,

    /// <summary>The caller's rate limit is reached; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    RateLimited,

    /// <summary>The caller's quota for this period is used up; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    QuotaExceeded,

    /// <summary>Admission or every device's queue is full; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    Overloaded,

    /// <summary>No device serves the model now.</summary>
    NoDevice,

    /// <summary>The request's deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>The service itself failed.</summary>
    Internal,
}

/// <summary>Whose fault a failure is: decides what it counts against.</summary>
internal enum FaultOf
{
    /// <summary>The request, the caller's limits, or a deadline that the caller chose. Counts against nobody else.</summary>
    Caller,

    /// <summary>There is more to do than the devices can. Counts as overload.</summary>
    Capacity,

    /// <summary>The service. Counts against the error budget.</summary>
    Server,
}
