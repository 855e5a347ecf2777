using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// Sends ONNX Runtime's warnings and errors to the product's log; without it they go to standard error as coloured text. The runtime has one
/// environment per process, made once, so this is process-wide state: the last logger given wins.
/// </summary>
internal static class OnnxRuntimeLog
{
    private static readonly Lock Gate = new();

    // The runtime calls it for as long as the process lives: it must never be collected.
    private static readonly DOrtLoggingFunction Callback = Write;

    private static volatile ILogger? _logger;

    /// <summary>Call before the first session is made.</summary>
    public static void Route(ILogger logger)
    {
        _logger = logger;
        lock (Gate)
        {
            if (!OrtEnv.IsCreated)
            {
                var options = new EnvironmentCreationOptions
                {
                    logId = nameof(Dinov2Cluster),
                    logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
                    loggingFunction = Callback,
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
                InferenceLog.RuntimeWarning(logger, category, message);
            }
        }
        catch (Exception)
        {
            // A log provider that throws must not unwind through native frames.
        }
    }
}
