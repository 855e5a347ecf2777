namespace Dinov2Cluster.Model.Compiler;

/// <summary>Writes transformer blocks. Tokens are rows of a matrix everywhere but in the attention, so that every projection is one matrix multiplication.</summary>
internal sealed class BlockWriter(GraphContext context)
{
    private readonly GraphBuilder _graph = context.Graph;
    private readonly PrecisionWriter _precision = context.Precision;
    private readonly WeightReader _weights = context.Weights;
    private readonly int _hidden = context.Config.HiddenSize;
    private readonly int _feedForward = context.Config.FeedForwardSize;

    /// <summary>Writes a block up to the LayerNorm that follows it.</summary>
    /// <param name="name">The block's prefix in the checkpoint.</param>
    /// <param name="input">Residual stream, and the block's own first LayerNorm of it.</param>
    /// <param name="clsOnly">The last block: only the CLS row is read after it, so only that row is computed.</param>
    /// <param name="middle">LayerNorm between attention and feed-forward.</param>
    /// <param name="next">LayerNorm after the block.</param>
    /// <param name="output">Name of that LayerNorm's result.</param>
    public TokenStream Write(string name, TokenStream input, bool clsOnly, LayerNorm middle, LayerNorm next, string output)
    {
        var residual = clsOnly ? WriteClsRow($"{name}.cls.residual", input.Residual) : input.Residual;
        var tokens = _precision.Enter($"{name}.tokens", input.Normalised);
        var attended = clsOnly ? WriteClsAttention(name, tokens) : WriteAttention(name, tokens);
        var attention = WriteScaledLinear($"{name}.attention.output", attended, $"{name}.attention.output.dense", _hidden, $"{name}.layer_scale1.lambda1");
        var stream = _precision.AddAndNormalise(middle, attention, residual, $"{name}.norm2");

        var swiGlu = context.Config.UseSwiGlu;
        tokens = _precision.Enter($"{name}.mlp.tokens", stream.Normalised);
        var hidden = swiGlu ? WriteSwiGlu($"{name}.mlp", tokens) : WriteGelu($"{name}.mlp", tokens);
        var result = WriteScaledLinear($"{name}.mlp.output", hidden, swiGlu ? $"{name}.mlp.weights_out" : $"{name}.mlp.fc2", _feedForward, $"{name}.layer_scale2.lambda1");
        return _precision.AddAndNormalise(next, result, stream.Residual, output);
    }

    private string WriteAttention(string name, string tokens)
    {
        var attention = $"{name}.attention.attention";
        var fused = WriteFusedLinear($"{attention}.query_key_value", tokens, attention, "query", "key", "value");
        string[] parts = [$"{attention}.query", $"{attention}.key", $"{attention}.value"];
        _graph.Split($"{attention}.split", _graph.Reshape($"{attention}.tokens", fused, -1, context.Tokens, parts.Length * _hidden), parts);
        return WriteMultiHeadAttention(attention, parts);
    }

    // The CLS row asks of every token; nothing asks of the others.
    private string WriteClsAttention(string name, string tokens)
    {
        var attention = $"{name}.attention.attention";
        var cls = WriteFusedLinear($"{attention}.cls_query", WriteClsRow($"{name}.cls.tokens", tokens), attention, "query");
        var fused = WriteFusedLinear($"{attention}.key_value", tokens, attention, "key", "value");
        string[] parts = [$"{attention}.key", $"{attention}.value"];
        _graph.Split($"{attention}.split", _graph.Reshape($"{attention}.tokens", fused, -1, context.Tokens, parts.Length * _hidden), parts);
        return WriteMultiHeadAttention(attention, [_graph.Reshape($"{attention}.query", cls, -1, 1, _hidden), .. parts]);
    }

    private string WriteMultiHeadAttention(string name, ReadOnlySpan<string> queryKeyValue)
    {
        var attended = _graph.Node(
            GraphBuilder.Microsoft, "MultiHeadAttention", name, queryKeyValue, GraphBuilder.Attribute("num_heads", (long)context.Config.Heads));
        return _graph.Reshape($"{name}.rows", attended, -1, _hidden);
    }

    private string WriteClsRow(string name, string tokens)
    {
        var images = _graph.Reshape($"{name}.images", tokens, -1, context.Tokens, _hidden);
        return _graph.Node("", "Gather", name, [images, _graph.Constant($"{name}.index", [], [0L])], GraphBuilder.Attribute("axis", 1L));
    }

    private string WriteFusedLinear(string name, string tokens, string attention, params ReadOnlySpan<string> parts)
    {
        using var weight = _weights.Fuse(attention, parts, _hidden, _hidden);
        using var bias = context.Config.QkvBias ? _weights.Concatenate(attention, parts, _hidden) : new PooledArray<float>(0);
        return _precision.Linear(name, tokens, _hidden, parts.Length * _hidden, weight.Span, bias.Span);
    }

    // A projection back to the residual stream, with the LayerScale that follows it.
    private string WriteScaledLinear(string name, string tokens, string source, int inputs, string layerScale)
    {
        using var scale = _weights.Read(layerScale, _hidden);
        using var weight = _weights.Matrix($"{source}.weight", inputs, _hidden, scale.Span);
        using var bias = _weights.Vector($"{source}.bias", _hidden, scale.Span);
        return _precision.Leave($"{name}.float", _precision.Linear(name, tokens, inputs, _hidden, weight.Span, bias.Span));
    }

    private string WriteGelu(string name, string tokens) =>
        _graph.Node(GraphBuilder.Microsoft, "Gelu", $"{name}.gelu", [WriteLinear($"{name}.fc1", tokens, _feedForward)]);

    private string WriteSwiGlu(string name, string tokens)
    {
        string[] parts = [$"{name}.gate", $"{name}.value"];
        _graph.Split($"{name}.split", WriteLinear($"{name}.weights_in", tokens, parts.Length * _feedForward), parts);
        // With alpha 1, QuickGelu is SiLU: x * sigmoid(x).
        var silu = _graph.Node(GraphBuilder.Microsoft, "QuickGelu", $"{name}.silu", [parts[0]], GraphBuilder.Attribute("alpha", 1f));
        return _graph.Node("", "Mul", $"{name}.gated", [silu, parts[1]]);
    }

    private string WriteLinear(string name, string tokens, int outputs)
    {
        using var weight = _weights.Matrix($"{name}.weight", _hidden, outputs, []);
        using var bias = _weights.Read($"{name}.bias", outputs);
        return _precision.Linear(name, tokens, _hidden, outputs, weight.Span, bias.Span);
    }
}
