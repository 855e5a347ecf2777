using System.Net;
using System.Text.Json;

namespace Dinov2Cluster.Client.Transport.Score;

/// <summary>The scoring protocol's table of errors.</summary>
internal static class ScoreErrors
{
    private const int LongestMessage = 1000;

    /// <summary>The kind of an image's error by the gateway's reason.</summary>
    public static Dinov2ErrorKind ToKind(string? reason) => reason switch
    {
        "overloaded" or "rate_limited" or "quota_exceeded" => Dinov2ErrorKind.Overloaded,
        "no_device" => Dinov2ErrorKind.Unavailable,
        "deadline_exceeded" => Dinov2ErrorKind.DeadlineExceeded,
        "internal" => Dinov2ErrorKind.Internal,
        _ => Dinov2ErrorKind.InvalidImage,
    };

    /// <summary>The error of a response that isn't 200.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="body">Its body, or as much as was read.</param>
    /// <param name="namesModel">Whether the request named a model.</param>
    /// <param name="retryAfter">What its <c>Retry-After</c> says.</param>
    public static Dinov2Exception ToException(HttpStatusCode status, ReadOnlySpan<byte> body, bool namesModel, TimeSpan? retryAfter)
    {
        var message = Message(body) ?? $"The service answered {(int)status}.";
        if (status == HttpStatusCode.BadRequest && TransportErrors.WithoutRow(message, out var named) is var ofImage && named)
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
        // No other status is part of the protocol; a redirect isn't followed.
        _ => Dinov2ErrorKind.InvalidResponse,
    };

    private static string? Message(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var found = reader.ValueTextEquals("message"u8);
                reader.Read();
                if (found && reader.TokenType == JsonTokenType.String)
                {
                    var message = reader.GetString()!;
                    return message.Length <= LongestMessage ? message : message[..LongestMessage];
                }

                reader.Skip();
            }

            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Something between answered, in its own form.
            return null;
        }
    }
}
