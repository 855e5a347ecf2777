namespace Dinov2Cluster.Inference.Telemetry;

/// <summary>Texts of exceptions for one line of a log.</summary>
internal static class ExceptionText
{
    /// <summary>The message's first line: ONNX Runtime's may continue with a stack trace of its own.</summary>
    public static string FirstLine(this Exception exception) => exception.Message.TrimStart().Split('\n', 2)[0].TrimEnd();
}
