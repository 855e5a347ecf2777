namespace Dinov2Cluster.Gateway.Errors;

/// <summary>Why a request failed. Every protocol has one table from these to its own statuses.</summary>
internal enum EmbeddingErrorKind
{
    /// <summary>The request is not what its protocol asks for; see <see cref="EmbeddingException.ClientMessage"/>.</summary>
    BadRequest,

    /// <summary>The body is of a type that the route does not read.</summary>
    UnsupportedMediaType,

    /// <summary>The body is larger than one may be.</summary>
    BodyTooLarge,

    /// <summary>The request holds more images than one request may, or asks for more features than one reply may hold.</summary>
    TooManyImages,

    /// <summary>An image can't be read; see <see cref="EmbeddingException.Row"/> and <see cref="EmbeddingException.ImageError"/>.</summary>
    BadImage,

    /// <summary>No model of that name is served.</summary>
    UnknownModel,

    /// <summary>The model does not give the output that is asked for.</summary>
    UnsupportedOutput,

    /// <summary>The caller has not said who they are, or nobody knows them.</summary>
    Unauthenticated,

    /// <summary>The caller is known, and may not do this.</summary>
    Forbidden,

    /// <summary>The caller asks for more per second than they may; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    RateLimited,

    /// <summary>The caller has used up what they may ask for in this period; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    QuotaExceeded,

    /// <summary>Admission or every device's queue is full; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    Overloaded,

    /// <summary>No device serves the model now.</summary>
    NoDevice,

    /// <summary>The request's deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>A fault of ours.</summary>
    Internal,
}
