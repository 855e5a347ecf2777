using System.Buffers;

namespace Dinov2Cluster.Client.Transport.Score;

/// <summary>A buffer writer over an array of the shared pool.</summary>
internal sealed class PooledBufferWriter(int capacity) : IBufferWriter<byte>
{
    private byte[] _array = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public ReadOnlyMemory<byte> Written => _array.AsMemory(0, _length);

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

    /// <summary>Gives the array back. Not after a request that was cancelled or broke: its sender may still read it.</summary>
    public void Return()
    {
        ArrayPool<byte>.Shared.Return(_array);
        (_array, _length) = ([], 0);
    }
}
