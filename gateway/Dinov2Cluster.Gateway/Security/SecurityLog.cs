using System.Net;

namespace Dinov2Cluster.Gateway.Security;

/// <summary>Log messages about who may use the gateway; never a key or a token. Event ids 2300 to 2399.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(2300, LogLevel.Warning, "Authentication is off (Auth:Mode=Off): whoever reaches the gateway may use it.")]
    public static partial void Off(ILogger logger);

    [LoggerMessage(2301, LogLevel.Information, "A request from {Address} was turned away: {Failure} {Detail}")]
    public static partial void TurnedAway(ILogger logger, IPAddress? address, AuthFailure failure, string? detail);

    [LoggerMessage(2302, LogLevel.Information, "API keys were read: {Count}.")]
    public static partial void KeysRead(ILogger logger, int count);

    [LoggerMessage(2303, LogLevel.Error, "API keys could not be read again, so those from before stay: {Errors}")]
    public static partial void KeysBroken(ILogger logger, string errors);
}
