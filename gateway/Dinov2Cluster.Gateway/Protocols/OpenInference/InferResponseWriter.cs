using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Writes the REST answer: features as JSON, or behind it as they are.</summary>
internal static class InferResponseWriter
{
    /// <summary>Writes an answer; every row has features.</summary>
    public static async ValueTask WriteAsync(HttpContext context, InferRequest request, EmbeddingResult result)
    {
        var output = context.Response.BodyWriter;
        var bytes = (long)result.Rows.Count * result.Model.FeaturesPerImage(result.Output) * sizeof(float);
        // A few hundred bytes; a header has their length.
        var head = Head(request, result, request.IsBinary ? bytes : null);
        if (request.IsBinary)
        {
            context.Response.ContentType = OpenInferenceProtocol.BinaryType;
            context.Response.Headers[OpenInferenceProtocol.JsonLength] = head.WrittenCount.ToString(CultureInfo.InvariantCulture);
            context.Response.ContentLength = head.WrittenCount + bytes;
        }
        else
        {
            context.Response.ContentType = "application/json";
        }

        output.Write(head.WrittenSpan);
        await WriteRowsAsync(output, request.IsBinary, result, context.RequestAborted);
        if (!request.IsBinary)
        {
            output.Write("]}]}"u8);
        }

        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary>The shape of an answer.</summary>
    public static long[] Shape(EmbeddingResult result) => result.Output == Output.PatchTokens
        ? [result.Rows.Count, result.Vectors, result.Dimensions]
        : [result.Rows.Count, result.Dimensions];

    // Vector by vector: a row of patch tokens is larger than the buffer should be.
    private static async ValueTask WriteRowsAsync(PipeWriter output, bool isBinary, EmbeddingResult result, CancellationToken cancellationToken)
    {
        var isFirst = true;
        foreach (var row in result.Rows)
        {
            for (var start = 0; start < row.Features.Length; start += result.Dimensions)
            {
                var vector = row.Features.Slice(start, result.Dimensions);
                if (isBinary)
                {
                    // Little-endian, like all supported machines.
                    output.Write(MemoryMarshal.AsBytes(vector.Span));
                }
                else
                {
                    output.Write(isFirst ? default : ","u8);
                    FeatureJson.WriteValues(output, vector.Span);
                    isFirst = false;
                }

                await FeatureJson.FlushIfFullAsync(output, cancellationToken);
            }
        }
    }

    private static ArrayBufferWriter<byte> Head(InferRequest request, EmbeddingResult result, long? binarySize)
    {
        var head = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(head, JsonMessage.Options);
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, result.Model.Name);
        writer.WriteString("model_version"u8, OpenInferenceModels.Version);
        if (request.Id is not null)
        {
            writer.WriteString("id"u8, request.Id);
        }

        writer.WriteStartArray("outputs"u8);
        writer.WriteStartObject();
        writer.WriteString("name"u8, ModelTensors.Features);
        writer.WriteString("datatype"u8, ModelTensors.Float32);
        writer.WriteStartArray("shape"u8);
        foreach (var dimension in Shape(result))
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        if (binarySize is { } size)
        {
            writer.WriteStartObject("parameters"u8);
            writer.WriteNumber("binary_data_size"u8, size);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        else
        {
            // The features and the closing brackets follow.
            writer.WriteStartArray("data"u8);
        }

        writer.Flush();
        return head;
    }
}
