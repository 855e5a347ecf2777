namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>A scoring request that is refused before the core sees it. The message is the client's reply.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="reason">Low-cardinality reason, for the metrics.</param>
/// <param name="message">What the client is told; never holds the client's data.</param>
internal sealed class ScoreRequestException(int status, string reason, string message) : Exception(message)
{
    /// <summary>HTTP status of the reply.</summary>
    public int Status { get; } = status;

    /// <summary>Reason for the metrics.</summary>
    public string Reason { get; } = reason;

    /// <summary>The body is not the JSON that section "input_data" of the protocol asks for.</summary>
    public static ScoreRequestException BadRequest(string message) =>
        new(StatusCodes.Status400BadRequest, "bad_request", message);
}
