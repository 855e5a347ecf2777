using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Reads a checkpoint's tensors in the layout of the graph, one at a time.</summary>
internal sealed class WeightReader(Checkpoint checkpoint, CancellationToken cancellationToken)
{
    /// <summary>A tensor as it is, row-major.</summary>
    public PooledArray<float> Read(string name, params ReadOnlySpan<int> shape)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var length = 1;
        foreach (var dimension in shape)
        {
            length = checked(length * dimension);
        }

        var values = new PooledArray<float>(length);
        try
        {
            checkpoint.Read(name, shape, values.Span);
            return values;
        }
        catch
        {
            values.Dispose();
            throw;
        }
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

    /// <summary>The weight of a linear layer as a row-major [inputs, outputs] matrix, its columns multiplied by a LayerScale unless that is empty.</summary>
    public PooledArray<float> Matrix(string name, int inputs, int outputs, ReadOnlySpan<float> scale)
    {
        using var weight = Read(name, outputs, inputs);
        var matrix = new PooledArray<float>(weight.Length);
        WeightFolding.Transpose(weight.Span, outputs, inputs, scale, matrix.Span, outputs, 0);
        return matrix;
    }

    /// <summary>Several linear layers of one input side by side: row-major [inputs, names * outputs].</summary>
    public PooledArray<float> Fuse(ReadOnlySpan<string> names, int inputs, int outputs)
    {
        var columns = names.Length * outputs;
        var matrix = new PooledArray<float>(checked(inputs * columns));
        try
        {
            for (var i = 0; i < names.Length; i++)
            {
                using var weight = Read(names[i], outputs, inputs);
                WeightFolding.Transpose(weight.Span, outputs, inputs, [], matrix.Span, columns, i * outputs);
            }

            return matrix;
        }
        catch
        {
            matrix.Dispose();
            throw;
        }
    }
}
