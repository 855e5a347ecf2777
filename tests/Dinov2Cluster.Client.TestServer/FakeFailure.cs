namespace Dinov2Cluster.Client.TestServer;

/// <summary>How the server fails a request as a whole.</summary>
/// <param name="HttpStatus">Status of the scoring protocol.</param>
/// <param name="GrpcCode">Status of gRPC.</param>
/// <param name="Message">The error's sentence.</param>
/// <param name="RetryAfterSeconds">When to try again, or null.</param>
/// <param name="Location">A redirect's target, or null.</param>
/// <param name="Reset">Whether the connection is cut, without an answer.</param>
public sealed record FakeFailure(
    int HttpStatus, int GrpcCode, string Message = "Refused.", int? RetryAfterSeconds = null, string? Location = null, bool Reset = false)
{
    /// <summary>Overload.</summary>
    public static FakeFailure Overloaded(int? retryAfterSeconds) => new(429, 8, "The service is overloaded.", retryAfterSeconds);

    /// <summary>No device.</summary>
    public static FakeFailure Unavailable { get; } = new(503, 14, "No device serves the model now.");

    /// <summary>A connection that is cut.</summary>
    public static FakeFailure Cut { get; } = new(0, 0, Reset: true);
}
