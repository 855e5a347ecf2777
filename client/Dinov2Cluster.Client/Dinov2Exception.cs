namespace Dinov2Cluster.Client;

/// <summary>The one exception of a call that fails for what the service or an image is. Cancellation and wrong arguments have .NET's own.</summary>
public sealed class Dinov2Exception : Exception
{
    /// <summary>An error of a kind.</summary>
    public Dinov2Exception(Dinov2ErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>What kind of error.</summary>
    public Dinov2ErrorKind Kind { get; }

    /// <summary>The gateway's word for it, that programs can rely on, such as <c>bad_image</c>; null when it gave none.</summary>
    public string? Reason { get; init; }

    /// <summary>When the gateway said that another try makes sense; null when it didn't.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same call may succeed later: the client has retried it already, as its options allow.</summary>
    public bool IsTransient => Kind is Dinov2ErrorKind.Overloaded or Dinov2ErrorKind.Unavailable;
}
