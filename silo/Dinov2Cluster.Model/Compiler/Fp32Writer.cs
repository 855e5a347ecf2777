using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>32-bit floats throughout.</summary>
internal sealed class Fp32Writer(GraphBuilder graph) : PrecisionWriter(graph)
{
    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        var values = Graph.Node("", "Cast", $"{name}.float", [patches], GraphBuilder.Attribute("to", (long)DataType.Float));
        var padded = PadRows($"{name}.padded", values, leadingTokens, Graph.Constant($"{name}.zero", [], [0f]));
        return Graph.Node("", "MatMul", name, [padded, Graph.Constant($"{name}.weight", [inputs, outputs], weight)]);
    }

    public override string Linear(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        // Gemm, not MatMul and Add: ONNX Runtime would fuse the Add into a BiasGelu that is slower than Gelu.
        var matrix = Graph.Constant($"{name}.weight", [inputs, outputs], weight);
        return bias.IsEmpty
            ? Graph.Node("", "MatMul", name, [input, matrix])
            : Graph.Node("", "Gemm", name, [input, matrix, Graph.Constant($"{name}.bias", [outputs], bias)]);
    }
}
