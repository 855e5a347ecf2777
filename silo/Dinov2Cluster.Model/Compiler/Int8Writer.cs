namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// Signed 8-bit weights with one scale per column; activations become unsigned 8 bits with one scale per call, measured as it runs.
/// Unsigned times signed is what VNNI and AMX multiply. Processors without VNNI add pairs of products in 16 bits, which can
/// saturate there and cost accuracy (never on AVX-VNNI, AVX512-VNNI or AMX).
/// </summary>
internal sealed class Int8Writer(GraphBuilder graph) : PrecisionWriter(graph)
{
    /// <summary>Near the mean pixel of ImageNet, so that the error of a quantised weight is multiplied by small numbers.</summary>
    public override int PixelZeroPoint => 116;

    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        // Pixels are 8 bits already: no quantisation, and no loss.
        var zeroPoint = Graph.Constant($"{name}.zero_point", [], [(byte)PixelZeroPoint]);
        var padded = PadRows($"{name}.padded", patches, leadingTokens, zeroPoint);
        var unit = Graph.Constant($"{name}.unit", [], [1f]);
        var (quantized, scale) = Quantize(name, inputs, outputs, weight);
        return Graph.Node(GraphBuilder.Microsoft, "MatMulIntegerToFloat", name, [padded, quantized, unit, scale, zeroPoint]);
    }

    public override string MatMul(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        var (quantized, scale) = Quantize(name, inputs, outputs, weight);
        return Graph.Node(GraphBuilder.Microsoft, "DynamicQuantizeMatMul", name, [input, quantized, scale]);
    }

    public override string Linear(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        var (quantized, scale) = Quantize(name, inputs, outputs, weight);
        return Graph.Node(GraphBuilder.Microsoft, "DynamicQuantizeMatMul", name, [input, quantized, scale, "", Vector($"{name}.bias", bias)]);
    }

    private (string Quantized, string Scale) Quantize(string name, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        using var quantized = new PooledArray<sbyte>(weight.Length);
        using var scales = new PooledArray<float>(outputs);
        WeightFolding.QuantizeColumns(weight, outputs, quantized.Span, scales.Span);
        return (Graph.Constant($"{name}.weight", [inputs, outputs], quantized.Span), Graph.Constant($"{name}.scale", [outputs], scales.Span));
    }
}
