using System.Buffers;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>A rented buffer of exactly <see cref="Length"/> values, not cleared: weights are hundreds of megabytes and used once.</summary>
internal readonly struct PooledArray<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] _array = ArrayPool<T>.Shared.Rent(length);

    public int Length => length;

    public Span<T> Span => _array.AsSpan(0, length);

    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}
