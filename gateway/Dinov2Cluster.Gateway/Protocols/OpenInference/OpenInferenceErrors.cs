using System.Collections.Frozen;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The protocol's table of the core's errors over HTTP, and their form: <c>{"error":"..."}</c>.</summary>
internal static class OpenInferenceErrors
{
    private static readonly FrozenDictionary<EmbeddingErrorKind, int> _table = new Dictionary<EmbeddingErrorKind, int>
    {
        [EmbeddingErrorKind.BadRequest] = StatusCodes.Status400BadRequest,
        [EmbeddingErrorKind.UnsupportedMediaType] = StatusCodes.Status415UnsupportedMediaType,
        [EmbeddingErrorKind.BodyTooLarge] = StatusCodes.Status413PayloadTooLarge,
        [EmbeddingErrorKind.TooManyImages] = StatusCodes.Status400BadRequest,
        [EmbeddingErrorKind.BadImage] = StatusCodes.Status400BadRequest,
        [EmbeddingErrorKind.UnknownModel] = StatusCodes.Status404NotFound,
        [EmbeddingErrorKind.UnsupportedOutput] = StatusCodes.Status400BadRequest,
        [EmbeddingErrorKind.Unauthenticated] = StatusCodes.Status401Unauthorized,
        [EmbeddingErrorKind.Forbidden] = StatusCodes.Status403Forbidden,
        [EmbeddingErrorKind.RateLimited] = StatusCodes.Status429TooManyRequests,
        [EmbeddingErrorKind.QuotaExceeded] = StatusCodes.Status429TooManyRequests,
        [EmbeddingErrorKind.Overloaded] = StatusCodes.Status429TooManyRequests,
        [EmbeddingErrorKind.NoDevice] = StatusCodes.Status503ServiceUnavailable,
        [EmbeddingErrorKind.DeadlineExceeded] = StatusCodes.Status504GatewayTimeout,
        [EmbeddingErrorKind.Internal] = StatusCodes.Status500InternalServerError,
    }.ToFrozenDictionary();

    /// <summary>The status of a kind; every kind has one.</summary>
    public static int For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>Answers with an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, string error) => JsonMessage.WriteAsync(context, status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("error"u8, error);
        writer.WriteEndObject();
    });
}
