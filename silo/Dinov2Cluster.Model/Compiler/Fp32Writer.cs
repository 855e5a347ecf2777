using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>32-bit floats throughout.</summary>
internal sealed class Fp32Writer(GraphBuilder graph) : PrecisionWriter(graph)
{
    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        var values = Graph.Node("", "Cast", $"{name}.float", [patches], GraphBuilder.Attribute("to", (long)DataType.Float));
        var padded = PadRows($"{name}.padded", values, leadingTokens, Graph.Constant($"{name}.zero", [], [0f]));
        return MatMul(name, padded, inputs, outputs, weight);
    }

    public override string MatMul(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight) =>
        Graph.Node("", MatMulType, name, [input, Graph.Constant($"{name}.weight", [inputs, outputs], weight)]);
}
