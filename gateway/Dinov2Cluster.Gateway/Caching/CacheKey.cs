using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Dinov2Cluster.Gateway.Images;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Caching;

/// <summary>Names the features of one image by one model: a SHA-256, so that no client can make two images share one.</summary>
internal readonly record struct CacheKey(UInt128 High, UInt128 Low)
{
    /// <summary>
    /// The key of an image's bytes for a model and an output: SHA-256 over the bytes' SHA-256, the model's sizes, the kind of the bytes, the output and
    /// the model's checksum.
    /// </summary>
    public static CacheKey For(ReadOnlySpan<byte> source, ImageInputKind kind, ServedModel model, Output output)
    {
        const int Sizes = 5 * sizeof(int);
        var text = Encoding.UTF8.GetByteCount(model.Checksum);
        var length = SHA256.HashSizeInBytes + Sizes + text;
        // A checksum has 64 characters; one from a silo of another version may have more.
        Span<byte> input = length <= 256 ? stackalloc byte[length] : new byte[length];
        SHA256.HashData(source, input);
        var rest = input[SHA256.HashSizeInBytes..];
        // Preprocessing counts too, and is not part of the weights.
        BinaryPrimitives.WriteInt32LittleEndian(rest, model.EmbeddingSize);
        BinaryPrimitives.WriteInt32LittleEndian(rest[sizeof(int)..], model.ShortestEdge);
        BinaryPrimitives.WriteInt32LittleEndian(rest[(2 * sizeof(int))..], model.CropSize);
        // A crop may have the same bytes as a file.
        BinaryPrimitives.WriteInt32LittleEndian(rest[(3 * sizeof(int))..], (int)kind);
        BinaryPrimitives.WriteInt32LittleEndian(rest[(4 * sizeof(int))..], (int)output);
        Encoding.UTF8.GetBytes(model.Checksum, rest[Sizes..]);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return MemoryMarshal.Read<CacheKey>(hash);
    }

    /// <summary>Any part of a SHA-256 is a good hash code.</summary>
    public override int GetHashCode() => (int)(uint)Low;
}
