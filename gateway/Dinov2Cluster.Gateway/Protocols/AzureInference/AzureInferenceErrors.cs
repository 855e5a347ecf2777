using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.AzureInference;

/// <summary>
/// Azure AI's codes of errors, and their form: <c>{"error":{"code","message","target"}}</c>, with the code in the header
/// <c>x-ms-error-code</c> too.
/// </summary>
internal static class AzureInferenceErrors
{
    private const string CodeHeader = "x-ms-error-code";

    private static readonly FrozenDictionary<EmbeddingErrorKind, string> _codes = new Dictionary<EmbeddingErrorKind, string>
    {
        [EmbeddingErrorKind.BadRequest] = "bad_request",
        [EmbeddingErrorKind.UnsupportedMediaType] = "unsupported_media_type",
        [EmbeddingErrorKind.BodyTooLarge] = "request_too_large",
        [EmbeddingErrorKind.TooManyImages] = "too_many_images",
        [EmbeddingErrorKind.BadImage] = "invalid_image",
        [EmbeddingErrorKind.UnknownModel] = "unknown_model",
        [EmbeddingErrorKind.UnsupportedOutput] = "parameter_not_supported",
        [EmbeddingErrorKind.Unauthenticated] = "unauthorized",
        [EmbeddingErrorKind.Forbidden] = "forbidden",
        [EmbeddingErrorKind.RateLimited] = "too_many_requests",
        [EmbeddingErrorKind.QuotaExceeded] = "quota_exceeded",
        [EmbeddingErrorKind.Overloaded] = "overloaded",
        [EmbeddingErrorKind.NoDevice] = "service_unavailable",
        [EmbeddingErrorKind.DeadlineExceeded] = "timeout",
        [EmbeddingErrorKind.Internal] = "internal_error",
    }.ToFrozenDictionary();

    /// <summary>The code of a kind; every kind has one.</summary>
    public static string For(EmbeddingErrorKind kind) => _codes[kind];

    /// <summary>The status of a kind.</summary>
    public static int Status(EmbeddingErrorKind kind) => kind == EmbeddingErrorKind.UnsupportedOutput
        // As in the published reference when a model does not support a value or a parameter.
        ? StatusCodes.Status422UnprocessableEntity
        : EmbeddingErrors.For(kind).Status;

    /// <summary>The code for a bare status.</summary>
    public static string For(int status) => status switch
    {
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status503ServiceUnavailable => For(EmbeddingErrorKind.NoDevice),
        >= 400 and < 500 => For(EmbeddingErrorKind.BadRequest),
        _ => For(EmbeddingErrorKind.Internal),
    };

    /// <summary>Sends an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string message, string? target)
    {
        context.Response.Headers[CodeHeader] = code;
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (target is not null)
        {
            error["target"] = target;
        }

        return JsonMessage.WriteAsync(context, status, writer => new JsonObject { ["error"] = error }.WriteTo(writer));
    }
}
