using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dinov2Cluster.Client.Sources;
using Dinov2Cluster.Protocol.V1;
using Google.Protobuf;

namespace Dinov2Cluster.Client;

/// <summary>Converts the client's types to protocol messages, and back.</summary>
internal static class GrpcMessages
{
    /// <summary>An image. It shares the payload's memory.</summary>
    public static Image ToImage(ImagePayload payload) => payload.Kind switch
    {
        ImageKind.Url => new Image { Url = payload.Url },
        ImageKind.Crop => new Image { Crop = UnsafeByteOperations.UnsafeWrap(payload.Data) },
        _ => new Image { Encoded = UnsafeByteOperations.UnsafeWrap(payload.Data) },
    };

    /// <summary>Options of a request. A refused image fails alone, so that its reason is reported.</summary>
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
    /// <exception cref="Dinov2Exception">The sizes don't match.</exception>
    public static ImageAnswer ToAnswer(ImageResult? result, uint vectors, uint dimensions, string model) => result switch
    {
        { Error: { } error } => new(null, GrpcFailures.ToException(error)),
        { Features: { Length: > 0 } features } when (UInt128)vectors * dimensions * sizeof(float) == (UInt128)features.Length =>
            new(new ImageEmbedding(ToFloats(features.Span), (int)vectors, (int)dimensions, model), null),
        _ => throw new Dinov2Exception(Dinov2ErrorKind.InvalidResponse, "The number of features in the answer doesn't match its dimensions."),
    };

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
