using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>32-bit floats throughout.</summary>
internal sealed class Fp32Writer(GraphBuilder graph) : FloatWriter(graph)
{
    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        var values = Graph.Node("", "Cast", $"{name}.float", [patches], GraphBuilder.Attribute("to", (long)DataType.Float));
        var padded = PadRows($"{name}.padded", values, leadingTokens, Graph.Constant($"{name}.zero", [], [0f]));
        return Graph.Node("", "MatMul", name, [padded, Weights($"{name}.weight", [inputs, outputs], weight)]);
    }

    protected override string Weights(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values) => Graph.Constant(name, shape, values);
}
