using System.Globalization;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Grains.Messages;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Headers of the scoring protocol, and how they are read and written.</summary>
internal static class ScoreHeaders
{
    public const string Deployment = "azureml-model-deployment";
    public const string RunFailed = "x-ms-run-function-failed";
    public const string RunMilliseconds = "x-ms-run-fn-exec-ms";
    public const string Deadline = "x-dinov2-deadline-ms";
    public const string Priority = "x-dinov2-priority";
    public const string PreprocessMilliseconds = "x-dinov2-preprocess-ms";
    public const string QueueMilliseconds = "x-dinov2-queue-ms";
    public const string InferenceMilliseconds = "x-dinov2-inference-ms";
    public const string Cache = "x-dinov2-cache";

    /// <summary>The request's deadline: the header can shorten the gateway's, not lengthen it.</summary>
    /// <exception cref="ScoreRequestException">The header is not a positive whole number.</exception>
    public static TimeSpan ReadDeadline(IHeaderDictionary headers, TimeSpan longest)
    {
        if (!headers.TryGetValue(Deadline, out var value))
        {
            return longest;
        }

        return long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, (long)Math.Ceiling(longest.TotalMilliseconds)))
            : throw ScoreRequestException.BadRequest($"{Deadline} should be a whole number of milliseconds, at least 1.");
    }

    /// <summary>Whether other requests go first: <c>interactive</c>, the default, or <c>bulk</c>.</summary>
    /// <exception cref="ScoreRequestException">The header is neither.</exception>
    public static EmbedPriority ReadPriority(IHeaderDictionary headers) => headers[Priority].ToString() switch
    {
        "" or "interactive" => EmbedPriority.Interactive,
        "bulk" => EmbedPriority.Bulk,
        _ => throw ScoreRequestException.BadRequest($"{Priority} should be interactive or bulk."),
    };

    /// <summary>Python's spelling, as Azure ML sends it.</summary>
    public static void WriteRunFailed(IHeaderDictionary headers, bool failed) => headers[RunFailed] = failed ? "True" : "False";

    /// <summary>How long the run took.</summary>
    public static void WriteRunTime(IHeaderDictionary headers, double seconds) => headers[RunMilliseconds] = Milliseconds(seconds);

    /// <summary>Where the time went.</summary>
    public static void WriteTimings(IHeaderDictionary headers, EmbeddingTimings timings)
    {
        headers[PreprocessMilliseconds] = Milliseconds(timings.Preprocess);
        headers[QueueMilliseconds] = Milliseconds(timings.Queue);
        headers[InferenceMilliseconds] = Milliseconds(timings.Inference);
    }

    /// <summary>Where the rows came from, as a structured field (RFC 9651): a dictionary of integers.</summary>
    public static void WriteCache(IHeaderDictionary headers, CacheCounts counts) =>
        headers[Cache] = string.Create(CultureInfo.InvariantCulture, $"hits={counts.Hits}, misses={counts.Misses}, joined={counts.Joined}");

    private static string Milliseconds(double seconds) => (seconds * 1000).ToString("F3", CultureInfo.InvariantCulture);
}
