using System.Net;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Log messages about callers; never a key or a token. Event ids 2300 to 2399.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(2300, LogLevel.Warning, "Authentication is off (Auth:Mode=Off): everybody who can reach the gateway may use it.")]
    public static partial void Off(ILogger logger);

    [LoggerMessage(2301, LogLevel.Information, "A request from {Address} was refused: {Failure} {Detail}")]
    public static partial void Refused(ILogger logger, IPAddress? address, AuthFailure failure, string? detail);

    [LoggerMessage(2302, LogLevel.Information, "Read {Count} API keys.")]
    public static partial void KeysRead(ILogger logger, int count);

    [LoggerMessage(2303, LogLevel.Error, "API keys could not be read again, so the previous ones stay: {Errors}")]
    public static partial void KeysBroken(ILogger logger, string errors);

    [LoggerMessage(2304, LogLevel.Error, "The token issuer can't be reached: requests with tokens get 503 until it answers.")]
    public static partial void IssuerUnreachable(ILogger logger, Exception exception);

    [LoggerMessage(2305, LogLevel.Information, "The token issuer answers again.")]
    public static partial void IssuerBack(ILogger logger);
}
