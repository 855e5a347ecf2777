using System.Buffers;

namespace Dinov2Cluster.Grains.Messages;

/// <summary>The pixels of a request, and whose memory they are in.</summary>
/// <remarks>
/// One that came over the wire lies in an array from the pool, which <see cref="Release"/> gives back. One that a caller made is a view of the
/// caller's memory, also where caller and device share a process and the object itself travels: releasing that does nothing.
/// A payload that nobody releases, because its message was dropped, is left to the garbage collector.
/// </remarks>
[Immutable]
public sealed class CropPayload
{
    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly bool _isRented;
    private byte[]? _rented;

    /// <summary>A view of the caller's memory.</summary>
    public CropPayload(ReadOnlyMemory<byte> pixels) => _pixels = pixels;

    private CropPayload(byte[] rented, int length)
        : this(rented.AsMemory(0, length)) => (_rented, _isRented) = (rented, true);

    /// <summary>Bytes.</summary>
    public int Length => _pixels.Length;

    /// <summary>uint8, contiguous.</summary>
    /// <exception cref="ObjectDisposedException">They were in a rented array, which has been given back.</exception>
    public ReadOnlyMemory<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isRented && Volatile.Read(ref _rented) is null, this);
            return _pixels;
        }
    }

    /// <summary>A view of the caller's memory.</summary>
    public static implicit operator CropPayload(ReadOnlyMemory<byte> pixels) => new(pixels);

    /// <summary>A view of the caller's memory.</summary>
    public static CropPayload FromReadOnlyMemory(ReadOnlyMemory<byte> pixels) => new(pixels);

    /// <summary>Gives a rented array back, once. Only when nothing can still read it.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>A payload in an array from the pool.</summary>
    /// <param name="length">Bytes; bound it before.</param>
    /// <param name="pixels">Where they go.</param>
    internal static CropPayload Rent(int length, out Span<byte> pixels)
    {
        var rented = ArrayPool<byte>.Shared.Rent(length);
        pixels = rented.AsSpan(0, length);
        return new(rented, length);
    }
}
