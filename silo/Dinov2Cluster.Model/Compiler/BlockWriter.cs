namespace Dinov2Cluster.Model.Compiler;

/// <summary>Writes transformer blocks.</summary>
internal sealed class BlockWriter(GraphContext context)
{
    private readonly GraphBuilder _graph = context.Graph;
    private readonly PrecisionWriter _precision = context.Precision;
    private readonly WeightReader _weights = context.Weights;
    private readonly int _hidden = context.Config.HiddenSize;
    private readonly int _feedForward = context.Config.FeedForwardSize;

    /// <summary>Writes a block up to the LayerNorm that follows it.</summary>
    /// <param name="name">The block's prefix in the checkpoint.</param>
    /// <param name="input">Residual stream, and the block's first LayerNorm of it.</param>
    /// <param name="clsOnly">Computes the CLS row alone: nothing reads the others after the last block.</param>
    /// <param name="middle">LayerNorm between attention and feed-forward.</param>
    /// <param name="next">LayerNorm after the block.</param>
    /// <param name="output">Name of that LayerNorm's result.</param>
    public TokenStream Write(string name, TokenStream input, bool clsOnly, LayerNorm middle, LayerNorm next, string output)
    {
        var residual = clsOnly ? WriteClsRow($"{name}.cls.residual", input.Residual) : input.Residual;
        var attending = _precision.Enter($"{name}.tokens", input.Normalized);
        var attended = clsOnly ? WriteClsAttention(name, attending) : WriteAttention(name, attending);
        var attention = WriteScaledLinear($"{name}.attention.output", attended, $"{name}.attention.output.dense", _hidden, $"{name}.layer_scale1.lambda1");
        var stream = _precision.AddAndNormalize(middle, attention, residual, $"{name}.norm2");

        var swiGlu = context.Config.UseSwiGlu;
        var tokens = _precision.Enter($"{name}.mlp.tokens", stream.Normalized);
        var hidden = swiGlu ? WriteSwiGlu($"{name}.mlp", tokens) : WriteGelu($"{name}.mlp", tokens);
        var result = WriteScaledLinear($"{name}.mlp.output", hidden, swiGlu ? $"{name}.mlp.weights_out" : $"{name}.mlp.fc2", _feedForward, $"{name}.layer_scale2.lambda1");
        return _precision.AddAndNormalize(next, result, stream.Residual, output);
    }

    private string WriteAttention(string name, string tokens)
    {
        var attention = $"{name}.attention.attention";
        using var weight = ReadWeights(attention, "query", "key", "value");
        using var bias = ReadBiases(attention, "query", "key", "value");
        var images = _precision.Images($"{attention}.images", tokens, context.Tokens, _hidden);
        var attended = _precision.SelfAttend($"{attention}.output", images, _hidden, context.Config.Heads, weight.Span, bias.Span);
        return _precision.Rows($"{attention}.rows", attended, _hidden);
    }

    // Only the CLS row has a query, but every token has a key and a value. Those are one product: splitting it, once per model, costs too little to measure.
    private string WriteClsAttention(string name, string tokens)
    {
        var attention = $"{name}.attention.attention";
        using var queryWeight = ReadWeights(attention, "query");
        using var queryBias = ReadBiases(attention, "query");
        var query = WriteProjection($"{attention}.query", WriteClsRow($"{name}.cls.tokens", tokens), tokensPerImage: 1, queryWeight.Span, queryBias.Span);

        using var weight = ReadWeights(attention, "key", "value");
        using var bias = ReadBiases(attention, "key", "value");
        var keyValue = WriteProjection($"{attention}.key_value", tokens, context.Tokens, weight.Span, bias.Span);
        var (key, value) = ($"{attention}.key", $"{attention}.value");
        _graph.Node("", "Split", $"{attention}.split", [keyValue], [key, value], GraphBuilder.Attribute("axis", -1L), GraphBuilder.Attribute("num_outputs", 2L));
        return _precision.Rows($"{attention}.rows", _precision.Attend($"{attention}.output", query, key, value, context.Config.Heads), _hidden);
    }

    private string WriteProjection(string name, string tokens, int tokensPerImage, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias) =>
        _precision.Images($"{name}.images", _precision.Linear(name, tokens, _hidden, bias.Length, weight, bias), tokensPerImage, bias.Length);

    private PooledArray<float> ReadWeights(string attention, params string[] layers) =>
        _weights.Matrix([.. layers.Select(layer => $"{attention}.{layer}.weight")], _hidden, _hidden, []);

    // Zeros if the checkpoint has none: the fused operators need a bias.
    private PooledArray<float> ReadBiases(string attention, params string[] layers)
    {
        if (context.Config.QkvBias)
        {
            return _weights.Stack([.. layers.Select(layer => $"{attention}.{layer}.bias")], _hidden);
        }

        var zeros = new PooledArray<float>(layers.Length * _hidden);
        zeros.Span.Clear();
        return zeros;
    }

    private string WriteClsRow(string name, string tokens)
    {
        var images = _precision.Images($"{name}.images", tokens, context.Tokens, _hidden);
        var row = _graph.Node("", "Gather", name, [images, _graph.Constant($"{name}.index", [1], [0L])], GraphBuilder.Attribute("axis", 1L));
        return _precision.Rows($"{name}.rows", row, _hidden);
    }

    // A projection back to the residual stream, with the LayerScale that follows it.
    private Branch WriteScaledLinear(string name, string tokens, string source, int inputs, string layerScale)
    {
        using var scale = _weights.Read(layerScale, _hidden);
        using var weight = _weights.Matrix([$"{source}.weight"], inputs, _hidden, scale.Span);
        using var bias = _weights.Vector($"{source}.bias", _hidden, scale.Span);
        return _precision.ProjectToStream(name, tokens, inputs, _hidden, weight.Span, bias.Span);
    }

    private string WriteGelu(string name, string tokens)
    {
        using var weight = _weights.Matrix([$"{name}.fc1.weight"], _hidden, _feedForward, []);
        using var bias = _weights.Read($"{name}.fc1.bias", _feedForward);
        var hidden = _precision.Linear($"{name}.fc1", tokens, _hidden, _feedForward, weight.Span, bias.Span);
        return _graph.Node(GraphBuilder.Microsoft, "Gelu", $"{name}.gelu", [hidden]);
    }

    // The checkpoint stacks gate and value in one layer. Two layers need no node that splits their product.
    private string WriteSwiGlu(string name, string tokens)
    {
        var shared = _precision.Share($"{name}.input", tokens);
        using var weight = _weights.Read($"{name}.weights_in.weight", 2 * _feedForward, _hidden);
        using var bias = _weights.Read($"{name}.weights_in.bias", 2 * _feedForward);
        var gate = WriteHalf($"{name}.gate", shared, weight.Span[..(weight.Length / 2)], bias.Span[.._feedForward]);
        var value = WriteHalf($"{name}.value", shared, weight.Span[(weight.Length / 2)..], bias.Span[_feedForward..]);

        // With alpha 1, QuickGelu is SiLU: x * sigmoid(x).
        var silu = _graph.Node(GraphBuilder.Microsoft, "QuickGelu", $"{name}.silu", [gate], GraphBuilder.Attribute("alpha", 1f));
        return _graph.Node("", "Mul", $"{name}.gated", [silu, value]);
    }

    private string WriteHalf(string name, string tokens, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias)
    {
        using var matrix = new PooledArray<float>(weight.Length);
        WeightFolding.Transpose(weight, _feedForward, _hidden, [], matrix.Span);
        return _precision.Linear(name, tokens, _hidden, _feedForward, matrix.Span, bias);
    }
}
