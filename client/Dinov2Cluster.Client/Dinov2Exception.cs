namespace Dinov2Cluster.Client;

/// <summary>The exception of a call that fails because of the service or an image. Cancellation and wrong arguments have .NET's own exceptions.</summary>
public sealed class Dinov2Exception : Exception
{
    /// <summary>Creates an exception of a kind.</summary>
    public Dinov2Exception(Dinov2ErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>The kind of the error.</summary>
    public Dinov2ErrorKind Kind { get; }

    /// <summary>The gateway's stable word for the error, for programs, such as <c>bad_image</c>; null when it sent none.</summary>
    public string? Reason { get; init; }

    /// <summary>Wait that the gateway asked for before the next try; null when it asked for none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same call may succeed later. The client has already retried it, as its options allow.</summary>
    public bool IsTransient => Kind is Dinov2ErrorKind.Overloaded or Dinov2ErrorKind.Unavailable;
}

/// <summary>Kinds of <see cref="Dinov2Exception"/>, the same for both protocols.</summary>
public enum Dinov2ErrorKind
{
    /// <summary>The service failed without a further reason (gRPC INTERNAL, UNKNOWN; HTTP 500).</summary>
    Internal,

    /// <summary>The image is refused: not an image, damaged, too large, or its URL can't be fetched. Other images may succeed.</summary>
    InvalidImage,

    /// <summary>The image's file or stream can't be read on this machine; see <see cref="Exception.InnerException"/>.</summary>
    UnreadableSource,

    /// <summary>The request is refused (gRPC INVALID_ARGUMENT, UNIMPLEMENTED; HTTP 400, 404, 405, 413, 415).</summary>
    InvalidRequest,

    /// <summary>No model has this name (gRPC NOT_FOUND).</summary>
    ModelNotFound,

    /// <summary>The API key is missing or wrong (gRPC UNAUTHENTICATED; HTTP 401).</summary>
    Unauthenticated,

    /// <summary>The API key has no permission (gRPC PERMISSION_DENIED; HTTP 403).</summary>
    PermissionDenied,

    /// <summary>Overload, rate limit or quota (gRPC RESOURCE_EXHAUSTED; HTTP 429), and no retry fitted into the deadline.</summary>
    Overloaded,

    /// <summary>The service, or a device for the model, can't be reached (gRPC UNAVAILABLE; HTTP 503), and no retry succeeded.</summary>
    Unavailable,

    /// <summary>No answer came before the deadline (gRPC DEADLINE_EXCEEDED; HTTP 504).</summary>
    DeadlineExceeded,

    /// <summary>The answer violates the protocol: the address belongs to something else.</summary>
    InvalidResponse,
}
