using System.Buffers;

namespace Dinov2Cluster.Imaging;

/// <summary>Bytes rented from the shared array pool. Whoever holds it disposes it, once; its memory must not be used after that.</summary>
public sealed class PooledBuffer : IDisposable
{
    private byte[]? _array;
    private int _length;

    private PooledBuffer(byte[] array, int length)
    {
        _array = array;
        _length = length;
    }

    /// <summary>The bytes in use.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was given back.</exception>
    public ReadOnlyMemory<byte> Memory => Writable;

    /// <summary>Number of bytes in use: <see cref="Memory"/>'s length.</summary>
    public int Length => _length;

    /// <summary>The same bytes, for whoever fills the buffer.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was given back.</exception>
    public Memory<byte> Writable
    {
        get
        {
            var array = _array;
            ObjectDisposedException.ThrowIf(array is null, this);
            return array.AsMemory(0, _length);
        }
    }

    /// <summary>Rents a buffer of exactly <paramref name="length"/> bytes in use. Its content is not cleared.</summary>
    public static PooledBuffer Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new PooledBuffer(ArrayPool<byte>.Shared.Rent(length), length);
    }

    /// <summary>Shortens the bytes in use: a reader that rented for the worst case keeps what it got.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <summary>Grows the bytes in use to <paramref name="length"/>, keeping what is there: for a body whose length is not known in advance.</summary>
    public void Grow(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, _length);
        var old = _array;
        ObjectDisposedException.ThrowIf(old is null, this);
        if (length > old.Length)
        {
            var grown = ArrayPool<byte>.Shared.Rent(length);
            old.AsSpan(0, _length).CopyTo(grown);
            _array = grown;
            ArrayPool<byte>.Shared.Return(old);
        }

        _length = length;
    }

    /// <summary>Gives the memory back to the pool. A second call does nothing.</summary>
    public void Dispose()
    {
        var array = Interlocked.Exchange(ref _array, null);
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
