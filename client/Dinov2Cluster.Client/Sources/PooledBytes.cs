using System.Buffers;

namespace Dinov2Cluster.Client.Sources;

/// <summary>Bytes in an array of the shared pool, which grows while it is written.</summary>
internal sealed class PooledBytes(int capacity) : IBufferWriter<byte>
{
    private const int FirstBytes = 64 << 10;

    private byte[] _array = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, _length);

    /// <summary>Reads a stream to its end.</summary>
    /// <returns>Null when it holds more than <paramref name="maxBytes"/>.</returns>
    public static async ValueTask<PooledBytes?> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        // One byte more than the rest, so that the read that finds the end needs no larger array.
        var rest = stream.CanSeek ? stream.Length - stream.Position + 1 : FirstBytes;
        if (rest - 1 > maxBytes && stream.CanSeek)
        {
            return null;
        }

        var bytes = new PooledBytes((int)Math.Clamp(rest, 1, maxBytes + 1L));
        try
        {
            while (await stream.ReadAsync(bytes.GetMemory(), cancellationToken) is > 0 and var count)
            {
                bytes.Advance(count);
                if (bytes._length > maxBytes)
                {
                    bytes.Return();
                    return null;
                }
            }

            return bytes;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            bytes.Return();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Advance(int count) => _length += count;

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _length + Math.Max(1, sizeHint);
        if (needed > _array.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _array.Length));
            Written.Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_array);
            _array = larger;
        }

        return _array.AsMemory(_length);
    }

    /// <summary>
    /// Returns the array to the pool. Only when nothing reads it any more: after a canceled or broken request its sender may still do, so such an
    /// array is left to the garbage collector.
    /// </summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _array, []) is { Length: > 0 } rented)
        {
            _length = 0;
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
