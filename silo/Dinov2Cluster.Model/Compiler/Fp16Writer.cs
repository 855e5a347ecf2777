using System.Numerics.Tensors;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// 16-bit floats for weights, projections and attention, for GPUs. CPUs run it too, but convert it to 32 bits first. With a residual stream in
/// 16 bits nothing is converted between the pixels and the features.
/// </summary>
internal sealed class Fp16Writer(GraphBuilder graph, ResidualPrecision residual) : Fp32Writer(graph)
{
    private readonly bool _narrowStream = residual == ResidualPrecision.Fp16;

    public override string StreamConstant(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values) =>
        _narrowStream ? Weights(name, shape, values) : base.StreamConstant(name, shape, values);

    public override string Enter(string name, string value) => _narrowStream ? value : Cast(name, value, DataType.Float16);

    public override string Finish(string name, string rows) => _narrowStream ? Cast(name, rows, DataType.Float) : rows;

    public override Branch ProjectToStream(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        // On a GPU a Gemm first writes its bias to every row and then reads it back; SkipLayerNormalization adds it to a row that it has at hand.
        var product = Graph.Node("", "MatMul", name, [input, Weights($"{name}.weight", [inputs, outputs], weight)]);
        return new Branch(Leave($"{name}.float", product), StreamConstant($"{name}.bias", [outputs], bias));
    }

    public override string Attend(string name, string query, string key, string value, int heads) =>
        // The operator with flash attention on GPUs.
        Graph.Node(GraphBuilder.Microsoft, "MultiHeadAttention", name, [query, key, value], GraphBuilder.Attribute("num_heads", (long)heads));

    public override TokenStream AddAndNormalize(LayerNorm norm, Branch branch, string residual, string output)
    {
        // On a GPU this is one kernel that reads the rows once, and sums in 32 bits.
        var stream = new TokenStream($"{output}.residual", output);
        Graph.Node(
            GraphBuilder.Microsoft,
            "SkipLayerNormalization",
            output,
            [branch.Value, residual, norm.Gamma, norm.Beta, branch.Bias],
            [stream.Normalized, "", "", stream.Residual],
            GraphBuilder.Attribute("epsilon", norm.Epsilon));
        return stream;
    }

    // Integers up to 2048 are exact in 16 bits, so the pixels lose nothing.
    protected override string ToFloat(string name, string pixels) => Cast($"{name}.half", pixels, DataType.Float16);

    protected override string Leave(string name, string value) => _narrowStream ? value : Cast(name, value, DataType.Float);

    protected override string Weights(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        using var halves = new PooledArray<Half>(values.Length);
        TensorPrimitives.ConvertToHalf(values, halves.Span);
        return Graph.Constant<Half>(name, shape, halves.Span);
    }
}
