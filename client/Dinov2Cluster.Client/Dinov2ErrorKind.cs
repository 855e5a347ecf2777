namespace Dinov2Cluster.Client;

/// <summary>Kinds of <see cref="Dinov2Exception"/>, the same over each protocol.</summary>
public enum Dinov2ErrorKind
{
    /// <summary>The service failed in a way that it doesn't explain (gRPC INTERNAL, UNKNOWN; HTTP 500).</summary>
    Internal,

    /// <summary>The image is refused: no image, damaged, too large, or its URL can't be fetched. The next image may be fine.</summary>
    InvalidImage,

    /// <summary>The image's file or stream can't be read on this machine. <see cref="Exception.InnerException"/> says why.</summary>
    UnreadableSource,

    /// <summary>The request is refused (gRPC INVALID_ARGUMENT, UNIMPLEMENTED; HTTP 400, 404, 405, 413, 415).</summary>
    InvalidRequest,

    /// <summary>No model has the name (gRPC NOT_FOUND).</summary>
    ModelNotFound,

    /// <summary>No API key, or a wrong one (gRPC UNAUTHENTICATED; HTTP 401).</summary>
    Unauthenticated,

    /// <summary>The API key may not do this (gRPC PERMISSION_DENIED; HTTP 403).</summary>
    PermissionDenied,

    /// <summary>Overload, rate limit or quota (gRPC RESOURCE_EXHAUSTED; HTTP 429), and no retry fitted into the deadline.</summary>
    Overloaded,

    /// <summary>The service, or a device for the model, can't be reached (gRPC UNAVAILABLE; HTTP 503), and no retry helped.</summary>
    Unavailable,

    /// <summary>The deadline passed before the answer came (gRPC DEADLINE_EXCEEDED; HTTP 504).</summary>
    DeadlineExceeded,

    /// <summary>The answer isn't what the protocol promises: something else listens at the address.</summary>
    InvalidResponse,
}
