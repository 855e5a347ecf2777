using System.Net.Sockets;

namespace Dinov2Cluster.Client.Transport;

/// <summary>What connections that fail become, the same for each protocol.</summary>
internal static class TransportErrors
{
    private const string Unreachable = "The service can't be reached.";

    /// <summary>Most bytes of one reply: as much as a gateway sends.</summary>
    public const int MaxReplyBytes = 256 << 20;

    /// <summary>An error for a connection that could not be made, or broke; null when the exception is something else.</summary>
    public static Dinov2Exception? FromConnection(Exception? exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            new(Dinov2ErrorKind.InvalidResponse, "No secure connection could be made.", exception),
        // An HTTP/2 handshake that isn't completed too: a gateway that is just stopping does that.
        HttpRequestException or IOException or SocketException => new(Dinov2ErrorKind.Unavailable, Unreachable, exception),
        { InnerException: { } inner } => FromConnection(inner),
        _ => null,
    };

    /// <summary>An error of one image. The gateway counts rows of a request; the caller knows none, so that part goes.</summary>
    public static Dinov2Exception ForImage(Dinov2ErrorKind kind, string? reason, string message) =>
        new(kind, WithoutRow(message, out _)) { Reason = string.IsNullOrEmpty(reason) ? null : reason };

    /// <summary>The message without a leading <c>Row 1: </c>.</summary>
    public static string WithoutRow(string message, out bool named)
    {
        const string Prefix = "Row ";
        var digits = Prefix.Length;
        if (message.StartsWith(Prefix, StringComparison.Ordinal))
        {
            while (digits < message.Length && char.IsAsciiDigit(message[digits]))
            {
                digits++;
            }
        }

        named = digits > Prefix.Length && message.AsSpan(digits).StartsWith(": ");
        return named ? message[(digits + 2)..] : message;
    }
}
