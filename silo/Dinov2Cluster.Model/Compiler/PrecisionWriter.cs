using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// Writes the parts of the graph that depend on the precision. The residual stream and its LayerNorms are float32 unless
/// <see cref="CompileOptions.Residual"/> says otherwise (as PyTorch's autocast keeps them: DINOv2's outlier activations need the range); what lies
/// between <see cref="Enter"/> and <see cref="ProjectToStream"/> may be narrower.
/// </summary>
internal abstract class PrecisionWriter(GraphBuilder graph)
{
    protected GraphBuilder Graph => graph;

    /// <summary>Pixel value that the patch projection subtracts: see <see cref="WeightFolding.FoldNormalization"/>.</summary>
    public virtual int PixelZeroPoint => 0;

    /// <summary>
    /// Multiplies patches of pixels, uint8 [N, patches, inputs], by the folded projection, after <paramref name="leadingTokens"/> rows whose
    /// product is zero. Returns [N, leadingTokens + patches, outputs] in the stream's type.
    /// </summary>
    public abstract string ProjectPatches(string name, string patches, int leadingTokens, int inputs, int outputs, ReadOnlySpan<float> weight);

    /// <summary>Adds a constant of the residual stream's type.</summary>
    public virtual string StreamConstant(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values) => Graph.Constant(name, shape, values);

    /// <summary>Converts a value of the residual stream to the type that is multiplied.</summary>
    public virtual string Enter(string name, string value) => value;

    /// <summary>Converts rows of the residual stream to float32, the type of the graph's outputs.</summary>
    public virtual string Finish(string name, string rows) => rows;

    /// <summary>Prepares, once, a value that several projections read.</summary>
    public virtual string Share(string name, string value) => value;

    /// <summary>Reshapes [N, tokens, values] to the rows that <see cref="Linear"/> takes.</summary>
    public virtual string Rows(string name, string tokens, int values) => graph.Reshape(name, tokens, -1, values);

    /// <summary>Reshapes rows back to [N, tokens, values].</summary>
    public virtual string Images(string name, string rows, int tokens, int values) => graph.Reshape(name, rows, -1, tokens, values);

    /// <summary>
    /// Multi-head attention among the tokens of an image, [N, tokens, hidden]. One operator multiplies by the weight, row-major
    /// [hidden, 3 hidden] with the columns of query, then key, then value, adds the bias [3 hidden], and attends.
    /// </summary>
    public abstract string SelfAttend(string name, string tokens, int hidden, int heads, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias);

    /// <summary>Multi-head attention of [N, tokens, values] by query, key and value.</summary>
    public virtual string Attend(string name, string query, string key, string value, int heads) =>
        // On a CPU it reads the heads in place; com.microsoft.MultiHeadAttention first copies each of the three into another order.
        graph.Node("", "Attention", name, [query, key, value], GraphBuilder.Attribute("q_num_heads", (long)heads), GraphBuilder.Attribute("kv_num_heads", (long)heads));

    /// <summary>Multiplies rows of inputs by a row-major [inputs, outputs] weight and adds a bias.</summary>
    public abstract string Linear(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias);

    /// <summary>Multiplies rows like <see cref="Linear"/> and converts them to the residual stream's type; the bias may be left to <see cref="AddAndNormalize"/>.</summary>
    public virtual Branch ProjectToStream(string name, string input, int inputs, int outputs, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias) =>
        new(Linear(name, input, inputs, outputs, weight, bias), Bias: "");

    /// <summary>Writes a LayerNorm over the last axis of a value of the residual stream.</summary>
    public string Normalize(LayerNorm norm, string input, string output) =>
        graph.Node("", "LayerNormalization", output, [input, norm.Gamma, norm.Beta], GraphBuilder.Attribute("epsilon", norm.Epsilon));

    /// <summary>Adds a branch, of this writer's <see cref="ProjectToStream"/>, to the residual stream and writes the LayerNorm of the sum.</summary>
    public virtual TokenStream AddAndNormalize(LayerNorm norm, Branch branch, string residual, string output)
    {
        // On a CPU this is six times as fast as SkipLayerNormalization, whose loop is not vectorized there: a small model as a whole is a tenth slower
        // with it, also when it adds the biases.
        var sum = graph.Node("", "Add", $"{output}.residual", [branch.Value, residual]);
        return new TokenStream(sum, Normalize(norm, sum, output));
    }

    protected string Cast(string name, string value, DataType type) => graph.Node("", "Cast", name, [value], GraphBuilder.Attribute("to", (long)type));

    /// <summary>Puts rows of one value, a scalar constant, before the rows of [N, rows, values].</summary>
    protected string PadRows(string name, string input, int rows, string value) =>
        graph.Node("", "Pad", name, [input, graph.Constant($"{name}.pads", [6], [0L, rows, 0, 0, 0, 0]), value]);
}

/// <summary>A LayerNorm: names of its constants in the graph, and its epsilon.</summary>
internal readonly record struct LayerNorm(string Gamma, string Beta, float Epsilon);

/// <summary>Names of what is added to the residual stream: rows, and a bias for each of them, empty when the rows have it.</summary>
internal readonly record struct Branch(string Value, string Bias);

/// <summary>Names of the residual stream and of its LayerNorm, both rows of one type.</summary>
internal readonly record struct TokenStream(string Residual, string Normalized);
