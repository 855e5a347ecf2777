using System.Collections.Frozen;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>MLflow's table of the core's errors, and their form: <c>{"error_code","message"}</c>.</summary>
/// <remarks>Source: the codes and statuses of MLflow's <c>mlflow/exceptions.py</c>; 413 and 415 have no code there.</remarks>
internal static class MLflowErrors
{
    private const string BadRequest = "BAD_REQUEST";
    private const string InvalidValue = "INVALID_PARAMETER_VALUE";
    private const string Exhausted = "RESOURCE_EXHAUSTED";
    private const string Unavailable = "TEMPORARILY_UNAVAILABLE";
    private const string Internal = "INTERNAL_ERROR";

    private static readonly FrozenDictionary<EmbeddingErrorKind, (int Status, string Code)> _table = new Dictionary<EmbeddingErrorKind, (int Status, string Code)>
    {
        [EmbeddingErrorKind.BadRequest] = (400, BadRequest),
        [EmbeddingErrorKind.UnsupportedMediaType] = (415, BadRequest),
        [EmbeddingErrorKind.BodyTooLarge] = (413, BadRequest),
        [EmbeddingErrorKind.TooManyImages] = (400, InvalidValue),
        [EmbeddingErrorKind.BadImage] = (400, InvalidValue),
        [EmbeddingErrorKind.UnknownModel] = (404, "RESOURCE_DOES_NOT_EXIST"),
        [EmbeddingErrorKind.UnsupportedOutput] = (400, InvalidValue),
        [EmbeddingErrorKind.Unauthenticated] = (401, "UNAUTHENTICATED"),
        [EmbeddingErrorKind.Forbidden] = (403, "PERMISSION_DENIED"),
        [EmbeddingErrorKind.RateLimited] = (429, "REQUEST_LIMIT_EXCEEDED"),
        [EmbeddingErrorKind.QuotaExceeded] = (429, Exhausted),
        [EmbeddingErrorKind.Overloaded] = (429, Exhausted),
        [EmbeddingErrorKind.NoDevice] = (503, Unavailable),
        [EmbeddingErrorKind.DeadlineExceeded] = (504, "DEADLINE_EXCEEDED"),
        [EmbeddingErrorKind.Internal] = (500, Internal),
    }.ToFrozenDictionary();

    /// <summary>The entry of a kind; every kind has one.</summary>
    public static (int Status, string Code) For(EmbeddingErrorKind kind) => _table[kind];

    /// <summary>The code that a status alone tells of.</summary>
    public static string For(int status) => status switch
    {
        StatusCodes.Status404NotFound => "ENDPOINT_NOT_FOUND",
        StatusCodes.Status503ServiceUnavailable => Unavailable,
        >= 400 and < 500 => BadRequest,
        _ => Internal,
    };

    /// <summary>Sends an error.</summary>
    public static Task WriteAsync(HttpContext context, int status, string code, string message) => JsonMessage.WriteAsync(context, status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("error_code"u8, code);
        writer.WriteString("message"u8, message);
        writer.WriteEndObject();
    });
}
