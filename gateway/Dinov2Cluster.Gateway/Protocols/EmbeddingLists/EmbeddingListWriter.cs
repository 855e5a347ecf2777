using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingLists;

/// <summary>Writes lists of embeddings, straight into the response.</summary>
internal static class EmbeddingListWriter
{
    /// <summary>
    /// Writes <c>{"id":"...","object":"list","data":[{"object":"embedding","index":0,"embedding":[...]}],"model":"...","usage":{...}}</c>.
    /// A failed row has <c>"embedding":null</c> and an <c>"error"</c>. Images are not counted in tokens.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="result">Its result.</param>
    /// <param name="encoding">How embeddings are written.</param>
    /// <param name="models">Names of the served models.</param>
    /// <param name="id">The list's id; null for a list that has none.</param>
    public static async ValueTask WriteAsync(
        HttpContext context, EmbeddingResult result, EmbeddingEncoding encoding, IReadOnlyList<string> models, string? id = null)
    {
        var (output, cancellationToken) = (context.Response.BodyWriter, context.RequestAborted);
        context.Response.ContentType = "application/json";
        output.Write("{"u8);
        if (id is not null)
        {
            WriteProperty(output, "\"id\":"u8, id);
            output.Write(","u8);
        }

        output.Write("\"object\":\"list\",\"data\":["u8);
        for (var i = 0; i < result.Rows.Count; i++)
        {
            var row = result.Rows[i];
            WriteStart(output, i);
            await WriteEmbeddingAsync(output, result, row, encoding, cancellationToken);
            if (row.Error is { } error)
            {
                output.Write(",\"error\":"u8);
                FeatureJson.WriteError(output, error, models);
            }

            output.Write("}"u8);
        }

        output.Write("],"u8);
        WriteProperty(output, "\"model\":"u8, result.Model.Name);
        output.Write(",\"usage\":{\"prompt_tokens\":0,\"total_tokens\":0}}"u8);
        await output.FlushAsync(cancellationToken);
    }

    private static void WriteStart(PipeWriter output, int index)
    {
        const int LongestIndex = 10;
        output.Write(index == 0 ? "{\"object\":\"embedding\",\"index\":"u8 : ",{\"object\":\"embedding\",\"index\":"u8);
        Utf8Formatter.TryFormat(index, output.GetSpan(LongestIndex), out var written);
        output.Advance(written);
        output.Write(",\"embedding\":"u8);
    }

    private static ValueTask WriteEmbeddingAsync(
        PipeWriter output, EmbeddingResult result, EmbeddingRow row, EmbeddingEncoding encoding, CancellationToken cancellationToken)
    {
        if (encoding == EmbeddingEncoding.Float || row.Error is not null)
        {
            return FeatureJson.WriteRowAsync(output, result, row, cancellationToken);
        }

        FeatureJson.WriteBase64(output, row.Features.Span);
        return FeatureJson.FlushIfFullAsync(output, cancellationToken);
    }

    private static void WriteProperty(PipeWriter output, ReadOnlySpan<byte> name, string value)
    {
        output.Write(name);
        using var writer = new Utf8JsonWriter(output, JsonMessage.Options);
        writer.WriteStringValue(value);
    }
}
