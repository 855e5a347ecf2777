namespace Dinov2Cluster.Client.TestServer;

/// <summary>The server's answer for one image.</summary>
/// <param name="Features">The features, vector by vector; empty when there is an error.</param>
/// <param name="Vectors">Number of vectors.</param>
/// <param name="Code">A gRPC status code, 0 for none.</param>
/// <param name="Reason">The stable word of the error.</param>
/// <param name="Message">The message of the error.</param>
public sealed record FakeAnswer(float[] Features, int Vectors = 1, int Code = 0, string Reason = "", string Message = "")
{
    /// <summary>Features that only this image has: four, not whole numbers.</summary>
    public static FakeAnswer For(ReadOnlySpan<byte> image)
    {
        var sum = 0;
        foreach (var value in image)
        {
            sum = unchecked((sum * 31) + value) % 65_521;
        }

        return new([image.Length / 3f, sum / 7f, -1.5f, 1e-20f * sum]);
    }

    /// <summary>A refused image.</summary>
    public static FakeAnswer Bad(string message = "Row 0: The image is damaged.") => Failed(3, "bad_image", message);

    /// <summary>A failed image.</summary>
    public static FakeAnswer Failed(int code, string reason, string message) => new([], 1, code, reason, message);
}

/// <summary>How the server fails a request as a whole.</summary>
/// <param name="HttpStatus">Status of the scoring protocol.</param>
/// <param name="GrpcCode">Status of gRPC.</param>
/// <param name="Message">The message of the error.</param>
/// <param name="RetryAfterSeconds">When to try again, or null.</param>
/// <param name="Location">A redirect's target, or null.</param>
/// <param name="Reset">Whether the connection breaks without an answer.</param>
public sealed record FakeFailure(
    int HttpStatus, int GrpcCode, string Message = "Refused.", int? RetryAfterSeconds = null, string? Location = null, bool Reset = false)
{
    /// <summary>Overload.</summary>
    public static FakeFailure Overloaded(int? retryAfterSeconds) => new(429, 8, "The service is overloaded.", retryAfterSeconds);

    /// <summary>No device.</summary>
    public static FakeFailure Unavailable { get; } = new(503, 14, "No device serves the model now.");

    /// <summary>A broken connection.</summary>
    public static FakeFailure Cut { get; } = new(0, 0, Reset: true);
}
