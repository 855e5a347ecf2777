using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dinov2Cluster.Client;

/// <summary>Maps errors of the scoring protocol.</summary>
internal static class ScoreFailures
{
    private const int MaxMessageLength = 1000;

    /// <summary>The error of one image.</summary>
    public static Dinov2Exception ToException(ScoreFailure failure) => TransportFailures.ForImage(
        failure.Reason switch
        {
            "overloaded" or "rate_limited" or "quota_exceeded" => Dinov2ErrorKind.Overloaded,
            "no_device" => Dinov2ErrorKind.Unavailable,
            "deadline_exceeded" => Dinov2ErrorKind.DeadlineExceeded,
            "internal" => Dinov2ErrorKind.Internal,
            _ => Dinov2ErrorKind.InvalidImage,
        },
        failure.Reason,
        failure.Message ?? "The image is refused.");

    /// <summary>The error of a response that isn't 200.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body; empty when it is too large.</param>
    /// <param name="namesModel">Whether the request named a model.</param>
    /// <param name="retryAfter">Its <c>Retry-After</c>.</param>
    public static Dinov2Exception ToException(HttpStatusCode status, ReadOnlySpan<byte> body, bool namesModel, TimeSpan? retryAfter)
    {
        var message = Message(body) ?? $"The service answered {(int)status}.";
        if (status == HttpStatusCode.BadRequest && TransportFailures.WithoutRow(message) is var ofImage && ofImage != message)
        {
            return new(Dinov2ErrorKind.InvalidImage, ofImage) { Reason = "bad_image" };
        }

        return new(ToKind(status, namesModel), message) { RetryAfter = retryAfter };
    }

    private static Dinov2ErrorKind ToKind(HttpStatusCode status, bool namesModel) => (int)status switch
    {
        401 => Dinov2ErrorKind.Unauthenticated,
        403 => Dinov2ErrorKind.PermissionDenied,
        404 when namesModel => Dinov2ErrorKind.ModelNotFound,
        408 or 504 => Dinov2ErrorKind.DeadlineExceeded,
        429 => Dinov2ErrorKind.Overloaded,
        // Azure ML's answer when the model's own code failed.
        424 => Dinov2ErrorKind.Internal,
        502 or 503 => Dinov2ErrorKind.Unavailable,
        >= 400 and < 500 => Dinov2ErrorKind.InvalidRequest,
        >= 500 => Dinov2ErrorKind.Internal,
        // No other status is part of the protocol; redirects are not followed.
        _ => Dinov2ErrorKind.InvalidResponse,
    };

    private static string? Message(ReadOnlySpan<byte> body)
    {
        try
        {
            var message = JsonSerializer.Deserialize(body, ScoreJson.Default.ScoreFailure)?.Message;
            return message?[..Math.Min(message.Length, MaxMessageLength)];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A proxy answered in its own format.
            return null;
        }
    }
}

/// <summary>An error in a reply: of the request, or of one image.</summary>
internal sealed record ScoreFailure(string? Reason, string? Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ScoreFailure))]
internal sealed partial class ScoreJson : JsonSerializerContext;
