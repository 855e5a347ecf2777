using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>MLflow's codes of errors, and their form: <c>{"error_code","message"}</c>.</summary>
/// <remarks>Source: the codes of MLflow's <c>mlflow/exceptions.py</c>; it has none for 413 and 415.</remarks>
internal static class MLflowErrors
{
    private const string BadRequest = "BAD_REQUEST";
    private const string InvalidValue = "INVALID_PARAMETER_VALUE";
    private const string Exhausted = "RESOURCE_EXHAUSTED";
    private const string Unavailable = "TEMPORARILY_UNAVAILABLE";
    private const string Internal = "INTERNAL_ERROR";

    private static readonly FrozenDictionary<EmbeddingErrorKind, string> _codes = new Dictionary<EmbeddingErrorKind, string>
    {
        [EmbeddingErrorKind.BadRequest] = BadRequest,
        [EmbeddingErrorKind.UnsupportedMediaType] = BadRequest,
        [EmbeddingErrorKind.BodyTooLarge] = BadRequest,
        [EmbeddingErrorKind.TooManyImages] = InvalidValue,
        [EmbeddingErrorKind.BadImage] = InvalidValue,
        [EmbeddingErrorKind.UnknownModel] = "RESOURCE_DOES_NOT_EXIST",
        [EmbeddingErrorKind.UnsupportedOutput] = InvalidValue,
        [EmbeddingErrorKind.Unauthenticated] = "UNAUTHENTICATED",
        [EmbeddingErrorKind.Forbidden] = "PERMISSION_DENIED",
        [EmbeddingErrorKind.RateLimited] = "REQUEST_LIMIT_EXCEEDED",
        [EmbeddingErrorKind.QuotaExceeded] = Exhausted,
        [EmbeddingErrorKind.Overloaded] = Exhausted,
        [EmbeddingErrorKind.NoDevice] = Unavailable,
        [EmbeddingErrorKind.DeadlineExceeded] = "DEADLINE_EXCEEDED",
        [EmbeddingErrorKind.Internal] = Internal,
    }.ToFrozenDictionary();

    /// <summary>The code of a kind; every kind has one.</summary>
    public static string For(EmbeddingErrorKind kind) => _codes[kind];

    /// <summary>The code for a bare status.</summary>
    public static string For(int status) => status switch
    {
        StatusCodes.Status404NotFound => "ENDPOINT_NOT_FOUND",
        StatusCodes.Status503ServiceUnavailable => Unavailable,
        >= 400 and < 500 => BadRequest,
        _ => Internal,
    };

    /// <summary>Sends an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string message) => JsonMessage.WriteAsync(
        context, status, writer => new JsonObject { ["error_code"] = code, ["message"] = message }.WriteTo(writer));
}
