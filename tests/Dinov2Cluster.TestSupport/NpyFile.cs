using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Dinov2Cluster.TestSupport;

/// <summary>Reads the two kinds of NumPy array that the golden data uses (format 1.0, C order, little-endian).</summary>
public static class NpyFile
{
    /// <summary>Values of a <c>uint8</c> array, row-major.</summary>
    public static byte[] ReadBytes(string path) => Payload(path, "|u1");

    /// <summary>Values of a <c>float32</c> array, row-major.</summary>
    public static float[] ReadFloats(string path) => MemoryMarshal.Cast<byte, float>(Payload(path, "<f4")).ToArray();

    private static byte[] Payload(string path, string type)
    {
        var file = File.ReadAllBytes(path);
        // Magic (6 bytes), version (2), header length (2), then a Python dictionary literal.
        var headerLength = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        var header = Encoding.ASCII.GetString(file, 10, headerLength);
        if (!header.Contains($"'{type}'", StringComparison.Ordinal) || !header.Contains("'fortran_order': False", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path}: not a C-order array of {type}: {header}");
        }

        return file[(10 + headerLength)..];
    }
}
