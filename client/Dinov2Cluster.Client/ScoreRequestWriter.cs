using System.Buffers;
using System.Text.Json;
using Dinov2Cluster.Client.Sources;

namespace Dinov2Cluster.Client;

/// <summary>Writes the body of <c>POST /score</c>.</summary>
internal static class ScoreRequestWriter
{
    // Names and punctuation of a body, and of one row.
    private const int FrameBytes = 256;
    private const int RowBytes = 32;

    /// <summary>Size of the whole body, except for characters of a URL that JSON escapes.</summary>
    public static int Size(IReadOnlyList<ImagePayload> images) =>
        // No overflow: an image has at most 125 MB, and a request of several images less than twice that.
        (int)(FrameBytes + images.Sum(image => RowBytes + (image.Url is null ? (image.Size + 2L) / 3 * 4 : image.Size)));

    /// <summary>
    /// Writes images in Azure ML's format. <c>params</c> are written only when they differ from the defaults, because other servers of the
    /// protocol don't know them; one image needs no <c>on_error</c>.
    /// </summary>
    public static void Write(IBufferWriter<byte> output, IReadOnlyList<ImagePayload> images, EmbedCall call)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("input_data"u8);
        json.WriteStartArray("columns"u8);
        json.WriteStringValue("image"u8);
        json.WriteEndArray();
        json.WriteStartArray("index"u8);
        for (var i = 0; i < images.Count; i++)
        {
            json.WriteNumberValue(i);
        }

        json.WriteEndArray();
        json.WriteStartArray("data"u8);
        foreach (var image in images)
        {
            json.WriteStartArray();
            if (image.Url is { } url)
            {
                json.WriteStringValue(url);
            }
            else
            {
                json.WriteBase64StringValue(image.Data.Span);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        WriteParams(json, call, nullOnError: images.Count > 1);
        json.WriteEndObject();
    }

    private static void WriteParams(Utf8JsonWriter json, EmbedCall call, bool nullOnError)
    {
        if (!call.Normalize && call.Output == EmbedOutput.Cls && !nullOnError)
        {
            return;
        }

        json.WriteStartObject("params"u8);
        if (call.Normalize)
        {
            json.WriteBoolean("normalize"u8, true);
        }

        if (call.Output != EmbedOutput.Cls)
        {
            json.WriteString("output"u8, call.Output == EmbedOutput.ClsMean ? "cls_mean"u8 : "patch_tokens"u8);
        }

        if (nullOnError)
        {
            json.WriteString("on_error"u8, "null"u8);
        }

        json.WriteEndObject();
    }
}
