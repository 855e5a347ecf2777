namespace Dinov2Cluster.Gateway.Pipeline;

/// <summary>Why an embedding request failed. Every protocol has one table from these to its own statuses.</summary>
internal enum EmbeddingErrorKind
{
    /// <summary>The request holds more images than one request may.</summary>
    TooManyImages,

    /// <summary>An image can't be read; see <see cref="EmbeddingException.Row"/> and <see cref="EmbeddingException.ImageError"/>.</summary>
    BadImage,

    /// <summary>No model of that name is served.</summary>
    UnknownModel,

    /// <summary>Admission or every device's queue is full; see <see cref="EmbeddingException.RetryAfter"/>.</summary>
    Overloaded,

    /// <summary>No device serves the model now.</summary>
    NoDevice,

    /// <summary>The request's deadline passed.</summary>
    DeadlineExceeded,

    /// <summary>A fault of ours.</summary>
    Internal,
}
