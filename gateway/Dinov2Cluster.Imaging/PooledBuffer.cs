using System.Buffers;

namespace Dinov2Cluster.Imaging;

/// <summary>Bytes rented from the shared array pool. The owner disposes the buffer once and does not use its memory after that.</summary>
public sealed class PooledBuffer : IDisposable
{
    private byte[]? _array;

    private PooledBuffer(byte[] array, int length)
    {
        _array = array;
        Length = length;
    }

    /// <summary>The bytes in use.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public ReadOnlyMemory<byte> Memory => Writable;

    /// <summary>Number of bytes in use: <see cref="Memory"/>'s length.</summary>
    public int Length { get; private set; }

    /// <summary>The same bytes, for the code that fills the buffer.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Memory<byte> Writable
    {
        get
        {
            var array = _array;
            ObjectDisposedException.ThrowIf(array is null, this);
            return array.AsMemory(0, Length);
        }
    }

    /// <summary>Rents a buffer of exactly <paramref name="length"/> bytes in use. Its content is not cleared.</summary>
    public static PooledBuffer Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new PooledBuffer(ArrayPool<byte>.Shared.Rent(length), length);
    }

    /// <summary>Shortens the bytes in use, for a reader that rented for the worst case.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <summary>Grows the bytes in use to <paramref name="length"/> and keeps the content, for a body of unknown length.</summary>
    public void Grow(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, Length);
        var old = _array;
        ObjectDisposedException.ThrowIf(old is null, this);
        if (length > old.Length)
        {
            var grown = ArrayPool<byte>.Shared.Rent(length);
            old.AsSpan(0, Length).CopyTo(grown);
            _array = grown;
            ArrayPool<byte>.Shared.Return(old);
        }

        Length = length;
    }

    /// <summary>Moves the bytes to a new buffer and leaves this one disposed, so a method can return the content of a <c>using</c> variable.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public PooledBuffer Detach()
    {
        var array = Interlocked.Exchange(ref _array, null);
        ObjectDisposedException.ThrowIf(array is null, this);
        return new PooledBuffer(array, Length);
    }

    /// <summary>Returns the memory to the pool. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
