using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dinov2Cluster.Client.Settings;
using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;

namespace Dinov2Cluster.Client.Transport.Grpc;

/// <summary>The client's own types as protocol messages, and back.</summary>
internal static class GrpcMessages
{
    /// <summary>An image. It shares the payload's memory.</summary>
    public static Image ToImage(ImagePayload payload) => payload.Kind switch
    {
        ImageKind.Url => new Image { Url = payload.Url },
        ImageKind.Crop => new Image { Crop = UnsafeByteOperations.UnsafeWrap(payload.Data) },
        _ => new Image { Encoded = UnsafeByteOperations.UnsafeWrap(payload.Data) },
    };

    /// <summary>What to ask for. An image that is refused fails alone, so that its reason is told.</summary>
    public static Protocol.V1.EmbedOptions ToOptions(EmbedCall call) => new()
    {
        Model = call.Model ?? "",
        Normalize = call.Normalize,
        Output = call.Output switch
        {
            EmbedOutput.ClsMean => Output.ClsMean,
            EmbedOutput.PatchTokens => Output.PatchTokens,
            _ => Output.Cls,
        },
        Priority = call.Priority == EmbedPriority.Bulk ? Priority.Bulk : Priority.Interactive,
        OnError = OnError.Null,
    };

    /// <summary>The answer for one image.</summary>
    /// <exception cref="Dinov2Exception">The sizes don't fit together.</exception>
    public static ImageAnswer ToAnswer(ImageResult? result, uint vectors, uint dimensions, string model)
    {
        switch (result)
        {
            case { Error: { } error }:
                return new(null, GrpcErrors.ToException(error));

            case { Features: { Length: > 0 } features } when (UInt128)vectors * dimensions * sizeof(float) == (UInt128)features.Length:
                return new(new ImageEmbedding(ToFloats(features.Span), (int)vectors, (int)dimensions, model), null);

            default:
                throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, "The answer has another number of features than it says.");
        }
    }

    private static float[] ToFloats(ReadOnlySpan<byte> littleEndian)
    {
        var floats = new float[littleEndian.Length / sizeof(float)];
        littleEndian.CopyTo(MemoryMarshal.AsBytes(floats.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            var words = MemoryMarshal.Cast<float, int>(floats.AsSpan());
            BinaryPrimitives.ReverseEndianness(words, words);
        }

        return floats;
    }
}
