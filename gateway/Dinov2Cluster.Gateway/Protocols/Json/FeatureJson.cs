using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Json;

/// <summary>Writes features as JSON in UTF-8, straight into the response.</summary>
internal static class FeatureJson
{
    // The longest shortest-round-trip float32 has 15 characters ("-1.17549435E-38"); a comma comes with it.
    private const int MaxFloat = 24;

    // Big enough that pipe and socket calls don't count, small enough that a slow reader holds little memory.
    private const int FlushBytes = 64 << 10;

    /// <summary>Writes a row: <c>[...]</c>, or <c>[[...],...]</c> of patch tokens, or <c>null</c> when it failed. Sends what has gathered.</summary>
    public static async ValueTask WriteRowAsync(PipeWriter output, EmbeddingResult result, EmbeddingRow row, CancellationToken cancellationToken)
    {
        if (row.Error is not null)
        {
            output.Write("null"u8);
            return;
        }

        if (result.Output != Grains.Messages.EmbedOutput.PatchTokens)
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

    /// <summary>Writes why a row failed: <c>{"reason":"...","message":"..."}</c>.</summary>
    public static void WriteError(IBufferWriter<byte> output, EmbeddingException error, IReadOnlyList<string> models)
    {
        using var writer = new Utf8JsonWriter(output, JsonMessage.Options);
        writer.WriteStartObject();
        writer.WriteString("reason"u8, EmbeddingErrorText.Reason(error.Kind));
        writer.WriteString("message"u8, EmbeddingErrorText.Message(error, models));
        writer.WriteEndObject();
    }

    /// <summary>Sends what has gathered, if that is enough.</summary>
    public static async ValueTask FlushIfFullAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        if (output.UnflushedBytes >= FlushBytes)
        {
            await output.FlushAsync(cancellationToken);
        }
    }
}
