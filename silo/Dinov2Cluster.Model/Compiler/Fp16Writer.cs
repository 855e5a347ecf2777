using System.Numerics.Tensors;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>16-bit floats for weights, projections and attention.</summary>
internal sealed class Fp16Writer(GraphBuilder graph) : PrecisionWriter(graph)
{
    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        // Integers up to 2048 are exact in 16 bits, so the pixels lose nothing.
        var values = Enter($"{name}.half", patches);
        var padded = PadRows($"{name}.padded", values, leadingTokens, Graph.Constant($"{name}.zero", [], [Half.Zero]));
        return Leave($"{name}.float", MatMul(name, padded, inputs, outputs, weight));
    }

    public override string Enter(string name, string value) =>
        Graph.Node("", "Cast", name, [value], GraphBuilder.Attribute("to", (long)DataType.Float16));

    public override string Leave(string name, string value) =>
        Graph.Node("", "Cast", name, [value], GraphBuilder.Attribute("to", (long)DataType.Float));

    public override string MatMul(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight) =>
        Graph.Node("", MatMulType, name, [input, Halves($"{name}.weight", [inputs, outputs], weight)]);

    public override string Vector(string name, ReadOnlySpan<float> values) => Halves(name, [values.Length], values);

    private string Halves(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
    {
        using var halves = new PooledArray<Half>(values.Length);
        TensorPrimitives.ConvertToHalf(values, halves.Span);
        return Graph.Constant(name, shape, halves.Span);
    }
}
