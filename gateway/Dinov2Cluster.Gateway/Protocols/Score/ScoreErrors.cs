using System.Collections.Frozen;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>The scoring protocol's table of the core's errors: HTTP status, and whether the request had got as far as the model's work.</summary>
internal static class ScoreErrors
{
    private static readonly FrozenDictionary<EmbeddingErrorKind, (int Status, bool RunFailed)> _table = new Dictionary<EmbeddingErrorKind, (int Status, bool RunFailed)>
    {
        [EmbeddingErrorKind.BadRequest] = (400, RunFailed: false),
        [EmbeddingErrorKind.UnsupportedMediaType] = (415, RunFailed: false),
        [EmbeddingErrorKind.BodyTooLarge] = (413, RunFailed: false),
        [EmbeddingErrorKind.TooManyImages] = (400, RunFailed: false),
        [EmbeddingErrorKind.BadImage] = (400, RunFailed: true),
        [EmbeddingErrorKind.UnknownModel] = (404, RunFailed: false),
        [EmbeddingErrorKind.UnsupportedOutput] = (400, RunFailed: false),
        [EmbeddingErrorKind.Unauthenticated] = (401, RunFailed: false),
        [EmbeddingErrorKind.Forbidden] = (403, RunFailed: false),
        [EmbeddingErrorKind.RateLimited] = (429, RunFailed: false),
        [EmbeddingErrorKind.QuotaExceeded] = (429, RunFailed: false),
        [EmbeddingErrorKind.Overloaded] = (429, RunFailed: false),
        [EmbeddingErrorKind.NoDevice] = (503, RunFailed: true),
        [EmbeddingErrorKind.DeadlineExceeded] = (504, RunFailed: true),
        [EmbeddingErrorKind.Internal] = (500, RunFailed: true),
    }.ToFrozenDictionary();

    /// <summary>The entry of a kind; every kind has one.</summary>
    public static (int Status, bool RunFailed) For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>What the client is told.</summary>
    public static string Describe(EmbeddingException error, IReadOnlyList<string> models) => error switch
    {
        // Azure ML's own words for a failed run.
        { Kind: EmbeddingErrorKind.Internal } => "An unexpected error occurred in scoring script. Check the logs for more info.",
        { Kind: EmbeddingErrorKind.UnknownModel } => $"The model that '{EmbeddingHeaders.Deployment}' names is not served. Models: [{string.Join(", ", models)}].",
        _ => EmbeddingErrorText.Message(error, models),
    };
}
