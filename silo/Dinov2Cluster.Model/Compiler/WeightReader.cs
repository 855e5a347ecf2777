using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Reads a checkpoint's tensors, one at a time, in the layout of the graph.</summary>
internal sealed class WeightReader(Checkpoint checkpoint, GraphBuilder graph, CancellationToken cancellationToken)
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

        // A buffer that an exception keeps from going back to the pool is collected like any other.
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

    /// <summary>The weight of a linear layer as a row-major [inputs, outputs] matrix, its columns multiplied by a LayerScale unless that is empty.</summary>
    public PooledArray<float> Matrix(string name, int inputs, int outputs, ReadOnlySpan<float> scale)
    {
        using var weight = Read(name, outputs, inputs);
        var matrix = new PooledArray<float>(weight.Length);
        WeightFolding.Transpose(weight.Span, outputs, inputs, scale, matrix.Span);
        return matrix;
    }

    /// <summary>Linear layers of one input and as many outputs as a row-major [inputs, layers * outputs] matrix: the layers' columns in turn.</summary>
    public PooledArray<float> Matrix(ReadOnlySpan<string> names, int inputs, int outputs)
    {
        using var weights = Stack(names, outputs, inputs);
        var matrix = new PooledArray<float>(weights.Length);
        WeightFolding.Transpose(weights.Span, names.Length * outputs, inputs, [], matrix.Span);
        return matrix;
    }

    /// <summary>A LayerNorm, its constants already in the graph.</summary>
    public LayerNorm Norm(string name, Dinov2Config config)
    {
        using var gamma = Read($"{name}.weight", config.HiddenSize);
        using var beta = Read($"{name}.bias", config.HiddenSize);
        return new LayerNorm(
            graph.Constant($"{name}.weight", [config.HiddenSize], gamma.Span), graph.Constant($"{name}.bias", [config.HiddenSize], beta.Span), config.LayerNormEpsilon);
    }
}
