using System.Buffers.Binary;

namespace Dinov2Cluster.Deploy.Tests.Observability;

/// <summary>Bitmaps of one colour, each another: the cache has seen none of them.</summary>
internal sealed class TinyImage
{
    private const int Side = 16;
    private const int HeaderBytes = 54;

    private int _number;

    /// <summary>The next one, in base64.</summary>
    /// <remarks>An uncompressed 24-bit BMP: https://learn.microsoft.com/windows/win32/gdi/bitmap-storage.</remarks>
    public string Next()
    {
        var number = Interlocked.Increment(ref _number);
        var file = new byte[HeaderBytes + (Side * Side * 3)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), Side);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), Side);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (var pixel = HeaderBytes; pixel < file.Length; pixel += 3)
        {
            (file[pixel], file[pixel + 1], file[pixel + 2]) = ((byte)number, (byte)(number >> 8), (byte)(number >> 16));
        }

        return Convert.ToBase64String(file);
    }
}
