using System.Collections.Frozen;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

/// <summary>OpenAI's table of the core's errors, and their form: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal static class OpenAiErrors
{
    private const string InvalidRequest = "invalid_request_error";
    private const string ServerError = "server_error";

    private static readonly FrozenDictionary<EmbeddingErrorKind, OpenAiError> _table = new Dictionary<EmbeddingErrorKind, OpenAiError>
    {
        [EmbeddingErrorKind.BadRequest] = new(400, InvalidRequest, Code: null),
        [EmbeddingErrorKind.UnsupportedMediaType] = new(415, InvalidRequest, "unsupported_content_type"),
        [EmbeddingErrorKind.BodyTooLarge] = new(413, InvalidRequest, "request_too_large"),
        [EmbeddingErrorKind.TooManyImages] = new(400, InvalidRequest, "too_many_images"),
        [EmbeddingErrorKind.BadImage] = new(400, InvalidRequest, "invalid_image"),
        [EmbeddingErrorKind.UnknownModel] = new(404, InvalidRequest, "model_not_found"),
        [EmbeddingErrorKind.UnsupportedOutput] = new(400, InvalidRequest, "unsupported_value"),
        // OpenAI has no type of its own for these two.
        [EmbeddingErrorKind.Unauthenticated] = new(401, InvalidRequest, "invalid_api_key"),
        [EmbeddingErrorKind.Forbidden] = new(403, InvalidRequest, "insufficient_permissions"),
        [EmbeddingErrorKind.RateLimited] = new(429, "requests", "rate_limit_exceeded"),
        [EmbeddingErrorKind.QuotaExceeded] = new(429, "insufficient_quota", "insufficient_quota"),
        [EmbeddingErrorKind.Overloaded] = new(429, ServerError, "overloaded"),
        [EmbeddingErrorKind.NoDevice] = new(503, ServerError, "service_unavailable"),
        [EmbeddingErrorKind.DeadlineExceeded] = new(504, ServerError, "timeout"),
        [EmbeddingErrorKind.Internal] = new(500, ServerError, Code: null),
    }.ToFrozenDictionary();

    /// <summary>The entry of a kind; every kind has one.</summary>
    public static OpenAiError For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>The error that a status alone tells of.</summary>
    public static OpenAiError For(int status) => new(status, status < 500 ? InvalidRequest : ServerError, Code: null);

    /// <summary>Sends an error.</summary>
    public static Task WriteAsync(HttpContext context, OpenAiError error, string message, string? param) => JsonMessage.WriteAsync(context, error.Status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error"u8);
        writer.WriteString("message"u8, message);
        writer.WriteString("type"u8, error.Type);
        writer.WriteString("param"u8, param);
        writer.WriteString("code"u8, error.Code);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });
}
