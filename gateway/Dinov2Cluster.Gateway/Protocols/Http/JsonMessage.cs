using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Writes small JSON replies, such as the default form of errors: <c>{"message":"..."}</c>.</summary>
internal static class JsonMessage
{
    /// <summary>Quotes stay readable. That is safe: with application/json and nosniff no browser reads the reply as HTML.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Sends a reply with this status and message.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message) => WriteAsync(context, status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("message"u8, message);
        writer.WriteEndObject();
    });

    /// <summary>Sends a small reply of any form.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await using (var writer = new Utf8JsonWriter(context.Response.BodyWriter, Options))
        {
            write(writer);
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>Sends a reply with the default message of a status.</summary>
    public static Task WriteAsync(HttpContext context, int status) => WriteAsync(context, status, Text(status));

    /// <summary>The default message of a status.</summary>
    public static string Text(int status) => status switch
    {
        // Azure ML's server gives the first two in these words.
        StatusCodes.Status404NotFound =>
            "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.",
        StatusCodes.Status405MethodNotAllowed => "Method not allowed",
        StatusCodes.Status408RequestTimeout => "The request took too long to arrive.",
        StatusCodes.Status413PayloadTooLarge => "The request body is too large.",
        StatusCodes.Status415UnsupportedMediaType => "The request's media type is not supported.",
        >= 400 and < 500 => "The request is malformed.",
        StatusCodes.Status503ServiceUnavailable => "The service is not available now.",
        _ => "An unexpected internal error occurred. Check the logs for more info.",
    };
}
