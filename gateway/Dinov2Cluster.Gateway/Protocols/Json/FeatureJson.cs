using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.Json;

/// <summary>Writes features as JSON in UTF-8, straight into the response.</summary>
internal static class FeatureJson
{
    // The longest shortest-round-trip float32 has 15 characters ("-1.17549435E-38"); a comma comes with it.
    private const int MaxFloat = 24;

    // Large enough that pipe and socket calls cost little, small enough that a slow reader holds little memory.
    private const int FlushBytes = 64 << 10;

    /// <summary>Writes a row: <c>[...]</c>, or <c>[[...],...]</c> of patch tokens, or <c>null</c> when it failed. Flushes a full buffer.</summary>
    public static async ValueTask WriteRowAsync(PipeWriter output, EmbeddingResult result, EmbeddingRow row, CancellationToken cancellationToken)
    {
        if (row.Error is not null)
        {
            output.Write("null"u8);
            return;
        }

        if (result.Output != Output.PatchTokens)
        {
            WriteVector(output, row.Features.Span);
        }
        else
        {
            for (var start = 0; start < row.Features.Length; start += result.Dimensions)
            {
                output.Write(start == 0 ? "["u8 : ","u8);
                WriteVector(output, row.Features.Span.Slice(start, result.Dimensions));
                await FlushIfFullAsync(output, cancellationToken);
            }

            output.Write("]"u8);
        }

        await FlushIfFullAsync(output, cancellationToken);
    }

    /// <summary>Writes numbers with commas between them. Every feature must be finite: JSON has no other numbers.</summary>
    public static void WriteValues(IBufferWriter<byte> output, ReadOnlySpan<float> features)
    {
        for (var next = 0; next < features.Length;)
        {
            var span = output.GetSpan(MaxFloat);
            var used = 0;
            for (; next < features.Length && span.Length - used >= MaxFloat; next++)
            {
                if (next > 0)
                {
                    span[used++] = (byte)',';
                }

                // "R": the fewest digits that read back as the same float32.
                features[next].TryFormat(span[used..], out var written, "R", CultureInfo.InvariantCulture);
                used += written;
            }

            output.Advance(used);
        }
    }

    /// <summary>Writes <c>[...]</c>. Every feature must be finite.</summary>
    public static void WriteVector(IBufferWriter<byte> output, ReadOnlySpan<float> features)
    {
        output.Write("["u8);
        WriteValues(output, features);
        output.Write("]"u8);
    }

    /// <summary>Writes <c>"..."</c>: base64 of little-endian float32, the byte order of all supported machines.</summary>
    public static void WriteBase64(IBufferWriter<byte> output, ReadOnlySpan<float> features)
    {
        // Enough for some whole groups of 3 bytes.
        const int MinSpan = 1 << 10;
        output.Write("\""u8);
        for (var bytes = MemoryMarshal.AsBytes(features); !bytes.IsEmpty;)
        {
            var span = output.GetSpan(MinSpan);
            var used = Math.Min(bytes.Length, Base64.GetMaxDecodedFromUtf8Length(span.Length / 4 * 4));
            Base64.EncodeToUtf8(bytes[..used], span, out var consumed, out var written, isFinalBlock: used == bytes.Length);
            output.Advance(written);
            bytes = bytes[consumed..];
        }

        output.Write("\""u8);
    }

    /// <summary>Writes every row of a result as a record: <c>[{"image_features":[...]},{"image_features":null,"error":{...}}]</c>.</summary>
    /// <param name="output">Receives them; a full buffer is flushed.</param>
    /// <param name="result">The result.</param>
    /// <param name="models">Names of the served models.</param>
    /// <param name="cancellationToken">Stops the sending.</param>
    public static async ValueTask WriteRecordsAsync(
        PipeWriter output, EmbeddingResult result, IReadOnlyList<string> models, CancellationToken cancellationToken)
    {
        output.Write("["u8);
        for (var i = 0; i < result.Rows.Count; i++)
        {
            var row = result.Rows[i];
            output.Write(i == 0 ? "{\"image_features\":"u8 : ",{\"image_features\":"u8);
            await WriteRowAsync(output, result, row, cancellationToken);
            if (row.Error is { } error)
            {
                output.Write(",\"error\":"u8);
                WriteError(output, error, models);
            }

            output.Write("}"u8);
        }

        output.Write("]"u8);
    }

    /// <summary>Writes the error of a failed row: <c>{"reason":"...","message":"..."}</c>.</summary>
    public static void WriteError(IBufferWriter<byte> output, EmbeddingException error, IReadOnlyList<string> models)
    {
        using var writer = new Utf8JsonWriter(output, JsonMessage.Options);
        writer.WriteStartObject();
        writer.WriteString("reason"u8, error.Info.Reason);
        writer.WriteString("message"u8, EmbeddingErrors.Message(error, models));
        writer.WriteEndObject();
    }

    /// <summary>Flushes a full buffer.</summary>
    public static async ValueTask FlushIfFullAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        if (output.UnflushedBytes >= FlushBytes)
        {
            await output.FlushAsync(cancellationToken);
        }
    }
}
