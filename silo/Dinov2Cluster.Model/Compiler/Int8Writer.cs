namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// Signed 8-bit weights with one scale per column. Activations become unsigned 8 bits at run time, with one scale for the whole batch: an
/// image's features depend, within the quantization error, on the rest of its batch. VNNI and AMX multiply unsigned by signed. A CPU without
/// them would add pairs of products in 16 bits, which saturate, so sessions ask for ONNX Runtime's slower, exact sums there.
/// </summary>
internal sealed class Int8Writer(GraphBuilder graph) : PrecisionWriter(graph)
{
    private readonly HashSet<string> _shared = [];

    /// <summary>The mean pixel of ImageNet, so that small numbers multiply the error of a quantized weight.</summary>
    public override int PixelZeroPoint => 116;

    public override string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        // Pixels are 8 bits already: no quantization, and no loss.
        var zeroPoint = Graph.Constant($"{name}.zero_point", [], [(byte)PixelZeroPoint]);
        var padded = PadRows($"{name}.padded", patches, leadingTokens, zeroPoint);
        var unit = Graph.Constant($"{name}.unit", [], [1f]);
        var (quantized, scales) = Quantize(name, inputs, outputs, weight);
        return Graph.Node(GraphBuilder.Microsoft, "MatMulIntegerToFloat", name, [padded, quantized, unit, scales, zeroPoint]);
    }

    public override string Share(string name, string value)
    {
        Graph.Node("", "DynamicQuantizeLinear", name, [value], [name, ScaleOf(name), ZeroPointOf(name)]);
        _shared.Add(name);
        return name;
    }

    // These operators take tokens of any rank.
    public override string Rows(string name, string tokens, int values) => tokens;

    public override string Images(string name, string rows, int tokens, int values) => rows;

    public override string Linear(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        // The weight's zero point is left out: it is zero.
        var (quantized, scales) = Quantize(name, inputs, outputs, weight);
        var biasName = Graph.Constant($"{name}.bias", [outputs], bias);
        return _shared.Contains(input)
            ? Graph.Node(GraphBuilder.Microsoft, "MatMulIntegerToFloat", name, [input, quantized, ScaleOf(input), scales, ZeroPointOf(input), "", biasName])
            : Graph.Node(GraphBuilder.Microsoft, "DynamicQuantizeMatMul", name, [input, quantized, scales, "", biasName]);
    }

    public override string SelfAttend(string name, string tokens, int hidden, int heads, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        // As fast as three products that share their quantized input; splitting one would cost 4 %.
        var input = Share($"{name}.input", tokens);
        var (quantized, scales) = Quantize(name, hidden, 3 * hidden, weight);
        return Graph.Node(
            GraphBuilder.Microsoft,
            "QAttention",
            name,
            [input, quantized, Graph.Constant($"{name}.bias", [3 * hidden], bias), ScaleOf(input), scales, "", ZeroPointOf(input)],
            GraphBuilder.Attribute("num_heads", (long)heads));
    }

    private static string ScaleOf(string shared) => $"{shared}.scale";

    private static string ZeroPointOf(string shared) => $"{shared}.zero_point";

    private (string Quantized, string Scales) Quantize(string name, int inputs, int outputs, ReadOnlySpan<float> weight)
    {
        using var quantized = new PooledArray<sbyte>(weight.Length);
        using var scales = new PooledArray<float>(outputs);
        WeightFolding.QuantizeColumns(weight, outputs, quantized.Span, scales.Span);
        return (Graph.Constant($"{name}.weight", [inputs, outputs], quantized.Span), Graph.Constant($"{name}.scale", [outputs], scales.Span));
    }
}
