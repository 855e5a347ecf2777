using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Client;

internal static partial class Dinov2ClientLog
{
    [LoggerMessage(1, LogLevel.Information, "{Kind}: {Reason} Retry {Retry} follows in {Delay:F3} s.")]
    public static partial void Retrying(ILogger logger, Dinov2ErrorKind kind, string reason, double delay, int retry);

    [LoggerMessage(2, LogLevel.Warning, "The stream broke. {Kind}: {Reason} A new stream takes the {Unanswered} unanswered images in {Delay:F3} s.")]
    public static partial void StreamBroke(ILogger logger, int unanswered, Dinov2ErrorKind kind, string reason, double delay);
}
