using Microsoft.Extensions.Logging;

namespace Dinov2Cluster.Imaging.Fetch;

/// <summary>Why fetches did not happen: the only place that says so.</summary>
internal static partial class FetchLog
{
    [LoggerMessage(1, LogLevel.Warning, "Image fetch refused at {Url}: {Reason}.")]
    public static partial void Refused(this ILogger logger, string url, string reason);

    [LoggerMessage(2, LogLevel.Information, "Image fetch failed at {Url}: {Reason}")]
    public static partial void Failed(this ILogger logger, string url, string reason);
}
