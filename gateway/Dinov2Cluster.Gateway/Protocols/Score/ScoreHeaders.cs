using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Headers that the scoring protocol alone has.</summary>
internal static class ScoreHeaders
{
    public const string RunFailed = "x-ms-run-function-failed";
    public const string RunMilliseconds = "x-ms-run-fn-exec-ms";

    /// <summary>Python's spelling, as Azure ML sends it.</summary>
    public static void WriteRunFailed(IHeaderDictionary headers, bool failed) => headers[RunFailed] = failed ? "True" : "False";

    /// <summary>How long the run took.</summary>
    public static void WriteRunTime(IHeaderDictionary headers, double seconds) => headers[RunMilliseconds] = EmbeddingHeaders.Milliseconds(seconds);
}
