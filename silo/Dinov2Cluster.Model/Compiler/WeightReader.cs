using System.Buffers;
using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Reads a checkpoint's tensors, one at a time, in the layout of the graph.</summary>
internal sealed class WeightReader(Checkpoint checkpoint, CancellationToken cancellationToken)
{
    /// <summary>A tensor as it is, row-major.</summary>
    public PooledArray<float> Read(string name, params ReadOnlySpan<int> shape) => Stack([name], shape);

    /// <summary>Tensors of one shape, one after the other.</summary>
    public PooledArray<float> Stack(ReadOnlySpan<string> names, params ReadOnlySpan<int> shape)
    {
        var length = 1;
        foreach (var dimension in shape)
        {
            length = checked(length * dimension);
        }

        // After an exception the buffer does not return to the pool; it is collected like any other.
        var values = new PooledArray<float>(checked(names.Length * length));
        for (var i = 0; i < names.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            checkpoint.Read(names[i], shape, values.Span.Slice(i * length, length));
        }

        return values;
    }

    /// <summary>A vector, multiplied by a LayerScale unless that is empty.</summary>
    public PooledArray<float> Vector(string name, int length, ReadOnlySpan<float> scale)
    {
        var values = Read(name, length);
        for (var i = 0; i < scale.Length; i++)
        {
            values.Span[i] *= scale[i];
        }

        return values;
    }

    /// <summary>
    /// Linear layers of one input size and one output size as a row-major [inputs, layers * outputs] matrix: the layers' columns in turn, each
    /// multiplied by its LayerScale unless that is empty.
    /// </summary>
    public PooledArray<float> Matrix(ReadOnlySpan<string> names, int inputs, int outputs, ReadOnlySpan<float> scale)
    {
        using var weights = Stack(names, outputs, inputs);
        var matrix = new PooledArray<float>(weights.Length);
        WeightFolding.Transpose(weights.Span, names.Length * outputs, inputs, scale, matrix.Span);
        return matrix;
    }
}

/// <summary>A rented buffer of exactly <see cref="Length"/> values, not cleared: weights are hundreds of megabytes and used once.</summary>
internal readonly struct PooledArray<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] _array = ArrayPool<T>.Shared.Rent(length);

    public int Length => length;

    public Span<T> Span => _array.AsSpan(0, length);

    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}
