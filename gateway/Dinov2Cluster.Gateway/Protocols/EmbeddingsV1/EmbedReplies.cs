using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>Makes reply messages. Features are wrapped, not copied: their bytes are written once, into the response.</summary>
internal static class EmbedReplies
{
    /// <summary>The reply to a whole request.</summary>
    public static EmbedResponse Response(EmbeddingResult result, IReadOnlyList<string> models)
    {
        var response = new EmbedResponse
        {
            Model = result.Model.Name,
            Vectors = (uint)result.Vectors,
            Dimensions = (uint)result.Dimensions,
            Timings = new Timings
            {
                Preprocess = result.Timings.Preprocess,
                Queue = result.Timings.Queue,
                Inference = result.Timings.Inference,
                Total = result.Timings.Total,
            },
        };
        response.Results.Capacity = result.Rows.Count;
        foreach (var row in result.Rows)
        {
            response.Results.Add(Result(row, models));
        }

        return response;
    }

    /// <summary>The reply to one image of a stream.</summary>
    public static EmbedStreamResponse StreamResponse(ulong id, EmbeddingResult result, EmbeddingRow row, IReadOnlyList<string> models) => new()
    {
        Id = id,
        Result = Result(row, models),
        Model = result.Model.Name,
        Vectors = (uint)result.Vectors,
        Dimensions = (uint)result.Dimensions,
    };

    /// <summary>The reply to an image of a stream that failed with its group, or before it was in one.</summary>
    public static EmbedStreamResponse StreamResponse(ulong id, EmbeddingException error, IReadOnlyList<string> models) =>
        new() { Id = id, Result = new ImageResult { Error = Error(error, models) } };

    private static ImageResult Result(EmbeddingRow row, IReadOnlyList<string> models) =>
        row.Error is { } error ? new ImageResult { Error = Error(error, models) } : new ImageResult { Features = Bytes(row.Features) };

    // google.rpc.Code has the numbers of gRPC's own status codes. The result's place already identifies the image, so the text does not.
    private static ImageError Error(EmbeddingException error, IReadOnlyList<string> models) => new()
    {
        Code = (int)GrpcErrors.For(error.Kind),
        Reason = EmbeddingErrorText.Reason(error.Kind),
        Message = error.ImageError?.Message ?? EmbeddingErrorText.Message(error, models),
    };

    private static ByteString Bytes(ReadOnlyMemory<float> features)
    {
        if (BitConverter.IsLittleEndian)
        {
            return UnsafeByteOperations.UnsafeWrap(new FloatBytes(features).Memory);
        }

        var bytes = new byte[features.Length * sizeof(float)];
        for (var i = 0; i < features.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), features.Span[i]);
        }

        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}

/// <summary>The bytes of floats, without a copy. For readers of spans only.</summary>
internal sealed class FloatBytes(ReadOnlyMemory<float> floats) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(MemoryMarshal.AsMemory(floats).Span);

    // Messages are written from spans.
    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        // The garbage collector owns the floats.
    }
}
