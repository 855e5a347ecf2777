namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// Writes the parts of the graph that depend on the precision. Residual stream and LayerNorm are float32 in every precision (as PyTorch's
/// autocast keeps them: DINOv2's outlier activations need the range); what lies between <see cref="Enter"/> and <see cref="Leave"/> is not.
/// </summary>
internal abstract class PrecisionWriter(GraphBuilder graph)
{
    /// <summary>The name that operators give to their matrix multiplication.</summary>
    protected const string MatMulType = "MatMul";

    protected GraphBuilder Graph => graph;

    /// <summary>Pixel value that the patch projection subtracts: see <see cref="WeightFolding.FoldNormalisation"/>.</summary>
    public virtual int PixelZeroPoint => 0;

    /// <summary>
    /// Multiplies patches of pixels, uint8 [N, patches, values], by the folded projection, after <paramref name="leadingTokens"/> rows whose
    /// product is zero. Returns float32 [N, leadingTokens + patches, outputs].
    /// </summary>
    public abstract string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight);

    /// <summary>Takes a float32 value to the type that is multiplied.</summary>
    public virtual string Enter(string name, string value) => value;

    /// <summary>Takes a product back to float32.</summary>
    public virtual string Leave(string name, string value) => value;

    /// <summary>Multiplies [N, tokens, inputs] by a row-major [inputs, outputs] weight.</summary>
    public abstract string MatMul(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight);

    /// <summary>As <see cref="MatMul"/>, and adds a bias.</summary>
    public virtual string Linear(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        var product = MatMul($"{name}.product", input, inputs, outputs, weight);
        return graph.Node("", "Add", name, [product, Vector($"{name}.bias", bias)]);
    }

    /// <summary>A constant vector in the type that is multiplied.</summary>
    public virtual string Vector(string name, ReadOnlySpan<float> values) => graph.Constant(name, [values.Length], values);

    /// <summary>Puts rows of one value before the rows of [N, rows, values]. A constant zero-dimensional <paramref name="value"/> is what they hold.</summary>
    protected string PadRows(string name, string input, int rows, string value)
    {
        var pads = graph.Constant($"{name}.pads", [6], [0L, rows, 0, 0, 0, 0]);
        return graph.Node("", "Pad", name, [input, pads, value]);
    }
}
