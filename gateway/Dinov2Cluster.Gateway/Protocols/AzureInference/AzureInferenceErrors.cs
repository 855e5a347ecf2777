using System.Collections.Frozen;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.AzureInference;

/// <summary>
/// Azure AI's table of the core's errors, and their form: <c>{"error":{"code","message","target"}}</c>, with the code in the header
/// <c>x-ms-error-code</c> too.
/// </summary>
internal static class AzureInferenceErrors
{
    private const string CodeHeader = "x-ms-error-code";

    private static readonly FrozenDictionary<EmbeddingErrorKind, (int Status, string Code)> _table = new Dictionary<EmbeddingErrorKind, (int Status, string Code)>
    {
        [EmbeddingErrorKind.BadRequest] = (400, "bad_request"),
        [EmbeddingErrorKind.UnsupportedMediaType] = (415, "unsupported_media_type"),
        [EmbeddingErrorKind.BodyTooLarge] = (413, "request_too_large"),
        [EmbeddingErrorKind.TooManyImages] = (400, "too_many_images"),
        [EmbeddingErrorKind.BadImage] = (400, "invalid_image"),
        [EmbeddingErrorKind.UnknownModel] = (404, "unknown_model"),
        // What the published reference answers when a model does not support a value or a parameter.
        [EmbeddingErrorKind.UnsupportedOutput] = (422, "parameter_not_supported"),
        [EmbeddingErrorKind.Unauthenticated] = (401, "unauthorized"),
        [EmbeddingErrorKind.Forbidden] = (403, "forbidden"),
        [EmbeddingErrorKind.RateLimited] = (429, "too_many_requests"),
        [EmbeddingErrorKind.QuotaExceeded] = (429, "quota_exceeded"),
        [EmbeddingErrorKind.Overloaded] = (429, "overloaded"),
        [EmbeddingErrorKind.NoDevice] = (503, "service_unavailable"),
        [EmbeddingErrorKind.DeadlineExceeded] = (504, "timeout"),
        [EmbeddingErrorKind.Internal] = (500, "internal_error"),
    }.ToFrozenDictionary();

    /// <summary>The entry of a kind; every kind has one.</summary>
    public static (int Status, string Code) For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>The code that a status alone tells of.</summary>
    public static string For(int status) => status switch
    {
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status503ServiceUnavailable => For(EmbeddingErrorKind.NoDevice).Code,
        >= 400 and < 500 => For(EmbeddingErrorKind.BadRequest).Code,
        _ => For(EmbeddingErrorKind.Internal).Code,
    };

    /// <summary>Sends an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string message, string? target)
    {
        context.Response.Headers[CodeHeader] = code;
        return JsonMessage.WriteAsync(context, status, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartObject("error"u8);
            writer.WriteString("code"u8, code);
            writer.WriteString("message"u8, message);
            if (target is not null)
            {
                writer.WriteString("target"u8, target);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }
}
