using System.Numerics.Tensors;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>16-bit floats for weights, projections and attention, for GPUs. Processors run it too, but convert it to 32 bits first.</summary>
internal sealed class Fp16Writer(GraphBuilder graph) : FloatWriter(graph)
{
    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        // Integers up to 2048 are exact in 16 bits, so the pixels lose nothing.
        var values = Enter($"{name}.half", patches);
        var padded = PadRows($"{name}.padded", values, leadingTokens, Graph.Constant($"{name}.zero", [], [Half.Zero]));
        return Leave($"{name}.float", Graph.Node("", "MatMul", name, [padded, Weights($"{name}.weight", [inputs, outputs], weight)]));
    }

    public override string Enter(string name, string value) =>
        Graph.Node("", "Cast", name, [value], GraphBuilder.Attribute("to", (long)DataType.Float16));

    public override string Leave(string name, string value) =>
        Graph.Node("", "Cast", name, [value], GraphBuilder.Attribute("to", (long)DataType.Float));

    public override string Attend(string name, string query, string key, string value, int heads) =>
        // The operator with flash attention on GPUs.
        Graph.Node(GraphBuilder.Microsoft, "MultiHeadAttention", name, [query, key, value], GraphBuilder.Attribute("num_heads", (long)heads));

    public override TokenStream AddAndNormalise(LayerNorm norm, string branch, string residual, string output)
    {
        // On a GPU one kernel that reads the rows once; in float32 its sums are safe.
        var stream = new TokenStream($"{output}.residual", output);
        Graph.Node(
            GraphBuilder.Microsoft,
            "SkipLayerNormalization",
            output,
            [branch, residual, norm.Gamma, norm.Beta],
            [stream.Normalised, "", "", stream.Residual],
            GraphBuilder.Attribute("epsilon", norm.Epsilon));
        return stream;
    }

    protected override string Weights(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        using var halves = new PooledArray<Half>(values.Length);
        TensorPrimitives.ConvertToHalf(values, halves.Span);
        return Graph.Constant(name, shape, halves.Span);
    }
}
