using Dinov2Cluster.Inference.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// Sends ONNX Runtime's warnings and errors to the product's log; otherwise they go to standard error as colored text. The runtime has one
/// environment per process, made once, so this is process-wide state: the last logger wins.
/// </summary>
internal static class OnnxRuntimeLog
{
    private static readonly Lock _lock = new();

    // The runtime calls it for as long as the process lives: it must never be collected.
    private static readonly DOrtLoggingFunction _callback = Write;

    private static volatile ILogger? _logger;

    /// <summary>Call it before the first session is made.</summary>
    public static void Route(ILogger logger)
    {
        _logger = logger;
        lock (_lock)
        {
            if (!OrtEnv.IsCreated)
            {
                var options = new EnvironmentCreationOptions
                {
                    logId = nameof(Dinov2Cluster),
                    logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
                    loggingFunction = _callback,
                };
                OrtEnv.CreateInstanceWithOptions(ref options);
            }
        }
    }

    private static void Write(nint state, OrtLoggingLevel level, string category, string logId, string location, string message)
    {
        try
        {
            if (_logger is { } logger && level >= OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING)
            {
                InferenceLog.RuntimeWarning(logger, category, message.TrimEnd());
            }
        }
        catch (Exception)
        {
            // A log provider that throws must not unwind through native frames.
        }
    }
}
