using Dinov2Cluster.Imaging;

namespace Dinov2Cluster.Gateway.Errors;

/// <summary>The one error that leaves the core. Its message is for the log; clients get text from their protocol's table.</summary>
internal sealed class EmbeddingException(
    EmbeddingErrorKind kind,
    string? message = null,
    int? row = null,
    TimeSpan? retryAfter = null,
    Exception? innerException = null) : Exception(message ?? kind.ToString(), innerException)
{
    /// <summary>What went wrong.</summary>
    public EmbeddingErrorKind Kind { get; } = kind;

    /// <summary>Zero-based row of the request that failed, when one row did.</summary>
    public int? Row { get; } = row;

    /// <summary>When to try again, for <see cref="EmbeddingErrorKind.Overloaded"/>.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Why the image was refused, for <see cref="EmbeddingErrorKind.BadImage"/>; its message may be shown to clients.</summary>
    public ImageException? ImageError => InnerException as ImageException;

    /// <summary>What the client is told instead of the kind's own text: fixed words, never the client's data.</summary>
    public string? ClientMessage { get; private init; }

    /// <summary>The field of the request that is at fault, where a protocol can say so.</summary>
    public string? Field { get; private init; }

    /// <summary>The request is not what its protocol asks for.</summary>
    public static EmbeddingException BadRequest(string clientMessage, string? field = null) => Refused(EmbeddingErrorKind.BadRequest, clientMessage, field);

    /// <summary>The request is refused with words of its own.</summary>
    public static EmbeddingException Refused(EmbeddingErrorKind kind, string clientMessage, string? field = null) =>
        new(kind, clientMessage) { ClientMessage = clientMessage, Field = field };

    /// <summary>The image of a row was refused.</summary>
    public static EmbeddingException BadImage(int row, ImageException error) =>
        new(EmbeddingErrorKind.BadImage, row: row, innerException: error);
}
