using System.Numerics.Tensors;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>16-bit floats for weights, projections and attention, for GPUs. CPUs run it too, but convert it to 32 bits first.</summary>
internal sealed class Fp16Writer(GraphBuilder graph) : Fp32Writer(graph)
{
    public override string Enter(string name, string value) => Cast(name, value, DataType.Float16);

    public override string Leave(string name, string value) => Cast(name, value, DataType.Float);

    public override string Attend(string name, string query, string key, string value, int heads) =>
        // The operator with flash attention on GPUs.
        Graph.Node(GraphBuilder.Microsoft, "MultiHeadAttention", name, [query, key, value], GraphBuilder.Attribute("num_heads", (long)heads));

    public override TokenStream AddAndNormalize(LayerNorm norm, string branch, string residual, string output)
    {
        // On a GPU this is one kernel that reads the rows once; in float32 its sums are safe.
        var stream = new TokenStream($"{output}.residual", output);
        Graph.Node(
            GraphBuilder.Microsoft,
            "SkipLayerNormalization",
            output,
            [branch, residual, norm.Gamma, norm.Beta],
            [stream.Normalized, "", "", stream.Residual],
            GraphBuilder.Attribute("epsilon", norm.Epsilon));
        return stream;
    }

    // Integers up to 2048 are exact in 16 bits, so the pixels lose nothing.
    protected override string ToFloat(string name, string pixels) => Enter($"{name}.half", pixels);

    protected override string Weights(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        using var halves = new PooledArray<Half>(values.Length);
        TensorPrimitives.ConvertToHalf(values, halves.Span);
        return Graph.Constant<Half>(name, shape, halves.Span);
    }
}
