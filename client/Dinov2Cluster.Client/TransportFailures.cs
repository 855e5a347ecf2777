using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Dinov2Cluster.Client;

/// <summary>Errors that are the same for both protocols.</summary>
internal static partial class TransportFailures
{
    /// <summary>The error of a connection that failed or broke; null for another exception.</summary>
    public static Dinov2Exception? FromConnection(Exception? exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new(Dinov2ErrorKind.InvalidResponse, "No secure connection could be made.", exception),
        // Also an incomplete HTTP/2 handshake, as a stopping gateway leaves it.
        HttpRequestException or IOException or SocketException => new(Dinov2ErrorKind.Unavailable, "The service can't be reached.", exception),
        { InnerException: { } inner } => FromConnection(inner),
        _ => null,
    };

    /// <summary>The error of one image.</summary>
    public static Dinov2Exception ForImage(Dinov2ErrorKind kind, string? reason, string message) =>
        new(kind, WithoutRow(message)) { Reason = string.IsNullOrEmpty(reason) ? null : reason };

    public static Dinov2Exception WrongCount(int answers, int images) =>
        new(Dinov2ErrorKind.InvalidResponse, $"The service answered {answers} images of {images}.");

    /// <summary>The message without a leading <c>Row 1: </c>. The gateway numbers the rows of a request, and the caller doesn't know them.</summary>
    public static string WithoutRow(string message) => RowPrefix().Replace(message, "");

    [GeneratedRegex(@"\ARow [0-9]+: ")]
    private static partial Regex RowPrefix();
}
