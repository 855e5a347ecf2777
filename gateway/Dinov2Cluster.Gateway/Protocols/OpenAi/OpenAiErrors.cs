using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

/// <summary>OpenAI's words for errors, and their form: <c>{"error":{"message","type","param","code"}}</c>.</summary>
internal static class OpenAiErrors
{
    private const string InvalidRequest = "invalid_request_error";
    private const string ServerError = "server_error";

    private static readonly FrozenDictionary<EmbeddingErrorKind, OpenAiError> _words = new Dictionary<EmbeddingErrorKind, OpenAiError>
    {
        [EmbeddingErrorKind.BadRequest] = new(InvalidRequest, Code: null),
        [EmbeddingErrorKind.UnsupportedMediaType] = new(InvalidRequest, "unsupported_content_type"),
        [EmbeddingErrorKind.BodyTooLarge] = new(InvalidRequest, "request_too_large"),
        [EmbeddingErrorKind.TooManyImages] = new(InvalidRequest, "too_many_images"),
        [EmbeddingErrorKind.BadImage] = new(InvalidRequest, "invalid_image"),
        [EmbeddingErrorKind.UnknownModel] = new(InvalidRequest, "model_not_found"),
        [EmbeddingErrorKind.UnsupportedOutput] = new(InvalidRequest, "unsupported_value"),
        // OpenAI has no type of its own for these two.
        [EmbeddingErrorKind.Unauthenticated] = new(InvalidRequest, "invalid_api_key"),
        [EmbeddingErrorKind.Forbidden] = new(InvalidRequest, "insufficient_permissions"),
        [EmbeddingErrorKind.RateLimited] = new("requests", "rate_limit_exceeded"),
        [EmbeddingErrorKind.QuotaExceeded] = new("insufficient_quota", "insufficient_quota"),
        [EmbeddingErrorKind.Overloaded] = new(ServerError, "overloaded"),
        [EmbeddingErrorKind.NoDevice] = new(ServerError, "service_unavailable"),
        [EmbeddingErrorKind.DeadlineExceeded] = new(ServerError, "timeout"),
        [EmbeddingErrorKind.Internal] = new(ServerError, Code: null),
    }.ToFrozenDictionary();

    /// <summary>The words of a kind; every kind has them.</summary>
    public static OpenAiError For(EmbeddingErrorKind kind) => _words[kind];

    /// <summary>The words for a bare status.</summary>
    public static OpenAiError For(int status) => new(status < 500 ? InvalidRequest : ServerError, Code: null);

    /// <summary>Sends an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, OpenAiError error, string message, string? param) => JsonMessage.WriteAsync(context, status, writer =>
        new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = error.Type, ["param"] = param, ["code"] = error.Code } }.WriteTo(writer));
}

/// <summary>OpenAI's words for an error.</summary>
/// <param name="Type">Class of the error.</param>
/// <param name="Code">The error itself; null when OpenAI has no code for it.</param>
internal readonly record struct OpenAiError(string Type, string? Code);
