namespace Dinov2Cluster.Gateway.Errors;

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
