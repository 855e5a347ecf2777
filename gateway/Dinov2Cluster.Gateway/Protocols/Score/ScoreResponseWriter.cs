using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Writes <c>[{"image_features":[...]}, ...]</c> as UTF-8, straight into the response.</summary>
internal static class ScoreResponseWriter
{
    // The longest shortest-round-trip float32 has 15 characters ("-1.17549435E-38"); a comma comes with it.
    private const int MaxFloat = 24;

    // Big enough that pipe and socket calls don't count, small enough that a slow reader holds little memory.
    private const int FlushBytes = 64 << 10;

    /// <summary>Writes all rows. Every feature must be finite: JSON has no other numbers.</summary>
    public static async ValueTask WriteAsync(PipeWriter output, EmbeddingResult result, CancellationToken cancellationToken)
    {
        output.Write("["u8);
        for (var row = 0; row < result.Rows.Count; row++)
        {
            WriteRow(output, result.Rows[row].Span, isFirst: row == 0);
            if (output.UnflushedBytes >= FlushBytes)
            {
                await output.FlushAsync(cancellationToken);
            }
        }

        output.Write("]"u8);
        await output.FlushAsync(cancellationToken);
    }

    /// <summary>Writes one row.</summary>
    public static void WriteRow(IBufferWriter<byte> output, ReadOnlySpan<float> features, bool isFirst)
    {
        output.Write(isFirst ? "{\"image_features\":["u8 : ",{\"image_features\":["u8);
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

        output.Write("]}"u8);
    }
}
