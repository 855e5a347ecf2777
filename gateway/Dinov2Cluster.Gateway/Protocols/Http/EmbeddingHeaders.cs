using System.Globalization;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Reads and writes the headers that all protocols over HTTP share.</summary>
internal static class EmbeddingHeaders
{
    /// <summary>Azure ML's: the model, for protocols that have no field for it.</summary>
    public const string Deployment = "azureml-model-deployment";

    public const string Deadline = "x-dinov2-deadline-ms";
    public const string PriorityHeader = "x-dinov2-priority";
    public const string PreprocessMilliseconds = "x-dinov2-preprocess-ms";
    public const string QueueMilliseconds = "x-dinov2-queue-ms";
    public const string InferenceMilliseconds = "x-dinov2-inference-ms";
    public const string Cache = "x-dinov2-cache";

    // For a full body budget or full device queues: both empty within a batch or two.
    private static readonly TimeSpan _shortRetry = TimeSpan.FromSeconds(1);

    /// <summary>The request's deadline: the header can shorten the gateway's, not lengthen it.</summary>
    /// <exception cref="EmbeddingException">The header is not a positive whole number.</exception>
    public static TimeSpan ReadDeadline(IHeaderDictionary headers, TimeSpan longest)
    {
        if (!headers.TryGetValue(Deadline, out var value))
        {
            return longest;
        }

        return long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, (long)Math.Ceiling(longest.TotalMilliseconds)))
            : throw EmbeddingException.BadRequest($"{Deadline} should be a whole number of milliseconds, at least 1.");
    }

    /// <summary>The priority: <c>interactive</c>, the default, or <c>bulk</c>.</summary>
    /// <exception cref="EmbeddingException">The header is neither.</exception>
    public static Priority ReadPriority(IHeaderDictionary headers) => headers[PriorityHeader].ToString() switch
    {
        "" or "interactive" => Priority.Interactive,
        "bulk" => Priority.Bulk,
        _ => throw EmbeddingException.BadRequest($"{PriorityHeader} should be interactive or bulk."),
    };

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

    /// <summary>When to try again, for temporary errors.</summary>
    public static void WriteRetryAfter(IHeaderDictionary headers, EmbeddingException error)
    {
        if (RetryAfter(error) is { } wait)
        {
            headers.RetryAfter = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>When to try again, in whole seconds; null for lasting errors.</summary>
    public static TimeSpan? RetryAfter(EmbeddingException error) =>
        error.Kind is EmbeddingErrorKind.Overloaded or EmbeddingErrorKind.RateLimited or EmbeddingErrorKind.QuotaExceeded
            ? TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((error.RetryAfter ?? _shortRetry).TotalSeconds)))
            : null;

    /// <summary>A duration in the form of the headers.</summary>
    public static string Milliseconds(double seconds) => (seconds * 1000).ToString("F3", CultureInfo.InvariantCulture);
}
