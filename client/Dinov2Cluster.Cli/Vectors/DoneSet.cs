using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>The paths that a vector file has, so that a second run skips them.</summary>
/// <remarks>
/// Keeps 16 bytes per path, not the text: a million paths take some 40 MB. The bytes are the first half of the path's SHA-256, so that two
/// paths are never taken for one, not even paths chosen to be.
/// </remarks>
internal sealed class DoneSet
{
    private readonly HashSet<UInt128> _keys = [];

    /// <summary>Number of paths.</summary>
    public int Count => _keys.Count;

    /// <summary>Whether the file has a vector of this path, letter by letter.</summary>
    public bool Contains(string path) => _keys.Contains(Key(path));

    /// <summary>Adds a path; false when it was there.</summary>
    public bool Add(string path) => _keys.Add(Key(path));

    private static UInt128 Key(string path)
    {
        // UTF-16, where every string has bytes of its own: in UTF-8 all lone surrogates are one.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(path.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
