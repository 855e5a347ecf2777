using Dinov2Cluster.Gateway.Errors;

namespace Dinov2Cluster.Gateway.Telemetry;

/// <summary>Log messages of the gateway's HTTP side. Event ids 2100 to 2199.</summary>
internal static partial class GatewayLog
{
    /// <summary>Logs why a request, or one of its rows, failed.</summary>
    public static void Write(ILogger logger, EmbeddingException exception)
    {
        if (exception.Kind == EmbeddingErrorKind.Internal)
        {
            RequestFailed(logger, exception);
        }
        else if (exception.Kind == EmbeddingErrorKind.BadImage)
        {
            ImageRefused(logger, exception.Row, exception.ImageError?.Kind, exception.ImageError?.InnerException);
        }
        else
        {
            RequestRefused(logger, exception.Kind);
        }
    }

    [LoggerMessage(2100, LogLevel.Error, "A request failed because of a server error.")]
    public static partial void RequestFailed(ILogger logger, Exception exception);

    [LoggerMessage(2101, LogLevel.Debug, "The server refused a malformed request with status {Status}.")]
    public static partial void BadRequest(ILogger logger, int status, Exception exception);

    [LoggerMessage(2102, LogLevel.Information, "Row {Row} was refused: {Kind}.")]
    public static partial void ImageRefused(ILogger logger, int? row, Imaging.ImageErrorKind? kind, Exception? detail);

    [LoggerMessage(2103, LogLevel.Debug, "A request was refused: {Kind}.")]
    public static partial void RequestRefused(ILogger logger, EmbeddingErrorKind kind);
}
