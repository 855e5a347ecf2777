namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Takes bytes from the front of a file, which must have them all.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>The bytes that were not taken yet.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    /// <summary>Takes one byte.</summary>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>: the file ends before it.</exception>
    public byte Take() => Take(1)[0];

    /// <summary>Takes several bytes.</summary>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>: the file ends before them.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (Rest.Length < count)
        {
            throw new ImageException(ImageErrorKind.Corrupt);
        }

        var taken = Rest[..count];
        Rest = Rest[count..];
        return taken;
    }

    /// <summary>Takes a block whose length is its first byte, without that byte.</summary>
    /// <exception cref="ImageException"><see cref="ImageErrorKind.Corrupt"/>: the file ends before it.</exception>
    public ReadOnlySpan<byte> TakeBlock() => Take(Take());
}
