using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>The paths of a vector file, so that a second run skips them. Thread-safe.</summary>
/// <remarks>
/// Keeps 16 bytes per path, not the text: a million paths take about 40 MB. The bytes are the first half of the path's SHA-256, so that two
/// paths never collide, not even chosen ones.
/// </remarks>
internal sealed class DoneSet
{
    private readonly HashSet<UInt128> _keys = [];

    public int Count
    {
        get
        {
            lock (_keys)
            {
                return _keys.Count;
            }
        }
    }

    /// <summary>Whether the file has a vector of exactly this path.</summary>
    public bool Contains(string path)
    {
        lock (_keys)
        {
            return _keys.Contains(Key(path));
        }
    }

    /// <summary>Adds a path; false when it exists.</summary>
    public bool Add(string path)
    {
        lock (_keys)
        {
            return _keys.Add(Key(path));
        }
    }

    private static UInt128 Key(string path)
    {
        // UTF-16, where different strings have different bytes: in UTF-8 all lone surrogates are equal.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(path.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
