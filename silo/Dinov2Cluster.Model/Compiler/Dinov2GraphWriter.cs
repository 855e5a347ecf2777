using Dinov2Cluster.Model.Checkpoints;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>
/// Writes DINOv2 as a graph: uint8 crops in, one row of features per image out. Biases go where the next operator adds them for nothing:
/// into the attention, the GELU, or the LayerNorm that also adds the residual.
/// </summary>
internal sealed class Dinov2GraphWriter(
    Dinov2Config config, PreprocessorConfig preprocessing, CompileOptions options, PositionEmbeddingMode mode, GraphBuilder graph, PrecisionWriter precision, WeightReader weights)
{
    /// <summary>Name of the input: uint8 [N, ImageSize, ImageSize, 3], RGB.</summary>
    public const string InputName = "pixels";

    /// <summary>Name of the output: float32 [N, HiddenSize], the CLS token after the last LayerNorm.</summary>
    public const string OutputName = "image_features";

    private const int Channels = 3;

    private readonly int _hidden = config.HiddenSize;
    private readonly int _grid = options.ImageSize / config.PatchSize;
    private readonly int _leading = 1 + config.RegisterTokens;

    /// <summary>The residual stream and its LayerNorm, both float32 [N, tokens, HiddenSize].</summary>
    private readonly record struct Stream(string Residual, string Normalised);

    public void Write(CancellationToken cancellationToken)
    {
        graph.Input(InputName, DataType.Uint8, options.ImageSize, options.ImageSize, Channels);
        graph.Output(OutputName, DataType.Float, _hidden);
        var stream = WriteEmbeddings();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream = WriteBlock(layer, stream);
        }

        graph.Node("", "Squeeze", OutputName, [stream.Normalised, graph.Constant("token_axis", [1], [1L])]);
    }

    private Stream WriteEmbeddings()
    {
        var patch = config.PatchSize;
        var values = patch * patch * Channels;
        var patches = _grid * _grid;

        // Patches as rows of bytes: cheaper to move before they are floats. 0 keeps the batch dimension, -1 is what is left.
        var tiles = graph.Node("", "Reshape", "patches.tiles", [InputName, graph.Constant("patches.tiles.shape", [5], [0L, _grid, patch, _grid, patch * Channels])]);
        var transposed = graph.Node("", "Transpose", "patches.transposed", [tiles], GraphBuilder.Attribute("perm", 0, 1, 3, 2, 4));
        var rows = graph.Node("", "Reshape", "patches", [transposed, graph.Constant("patches.shape", [3], [0L, patches, values])]);

        using var bias = weights.Read("embeddings.patch_embeddings.projection.bias", _hidden);
        string projected;
        using (var convolution = weights.Read("embeddings.patch_embeddings.projection.weight", _hidden, Channels, patch, patch))
        using (var matrix = new PooledArray<float>(convolution.Length))
        {
            WeightFolding.FoldNormalisation(convolution.Span, bias.Span, patch, preprocessing, precision.PixelZeroPoint, matrix.Span);
            projected = precision.ProjectPatches("patch_embedding", rows, _leading, values, _hidden, matrix.Span);
        }

        using var tokens = ReadTokens(bias.Span);
        var constant = graph.Constant("tokens", [1, _leading + patches, _hidden], tokens.Span);
        return WriteNorm("encoder.layer.0.norm1", projected, constant, "");
    }

    // What every image's tokens start from: CLS token and its position, registers, and the projection's bias with each patch's position.
    private PooledArray<float> ReadTokens(ReadOnlySpan<float> projectionBias)
    {
        var positions = _grid * _grid;
        var trained = config.PositionGrid * config.PositionGrid;
        var tokens = new PooledArray<float>((_leading + positions) * _hidden);
        using var cls = weights.Read("embeddings.cls_token", 1, 1, _hidden);
        using var position = weights.Read("embeddings.position_embeddings", 1, 1 + trained, _hidden);
        for (var i = 0; i < _hidden; i++)
        {
            tokens.Span[i] = cls.Span[i] + position.Span[i];
        }

        if (config.RegisterTokens > 0)
        {
            using var registers = weights.Read("embeddings.register_tokens", 1, config.RegisterTokens, _hidden);
            registers.Span.CopyTo(tokens.Span[_hidden..]);
        }

        var patches = tokens.Span[(_leading * _hidden)..];
        PositionInterpolation.Resample(position.Span[_hidden..], config.PositionGrid, _grid, _hidden, mode, patches);
        for (var i = 0; i < patches.Length; i++)
        {
            patches[i] += projectionBias[i % _hidden];
        }

        return tokens;
    }

    private Stream WriteBlock(int layer, Stream input)
    {
        var name = $"encoder.layer.{layer}";
        var last = layer == config.Layers - 1;
        var residual = input.Residual;

        using var attentionScale = weights.Read($"{name}.layer_scale1.lambda1", _hidden);
        using var attentionBias = weights.Vector($"{name}.attention.output.dense.bias", _hidden, attentionScale.Span);
        string attended;
        if (last)
        {
            // Only the CLS row is read after this block: it asks of every token, and nothing asks of the others.
            var index = graph.Constant("cls_index", [1], [0L]);
            residual = graph.Node("", "Gather", "cls.residual", [residual, index], GraphBuilder.Attribute("axis", 1L));
            var all = precision.Enter($"{name}.tokens", input.Normalised);
            var cls = graph.Node("", "Gather", "cls.normalised", [all, index], GraphBuilder.Attribute("axis", 1L));
            attended = WriteAttention(name, cls, all);
        }
        else
        {
            var all = precision.Enter($"{name}.tokens", input.Normalised);
            attended = WriteAttention(name, all, all);
        }

        string projected;
        using (var matrix = weights.Matrix($"{name}.attention.output.dense.weight", _hidden, _hidden, attentionScale.Span))
        {
            projected = precision.Leave($"{name}.attention.float", precision.MatMul($"{name}.attention.output", attended, _hidden, _hidden, matrix.Span));
        }

        var middle = WriteNorm($"{name}.norm2", projected, residual, graph.Constant($"{name}.attention.output.bias", [_hidden], attentionBias.Span));
        using var outputScale = weights.Read($"{name}.layer_scale2.lambda1", _hidden);
        var output = config.UseSwiGlu ? "mlp.weights_out" : "mlp.fc2";
        var activated = precision.Enter($"{name}.mlp.tokens", middle.Normalised);
        activated = config.UseSwiGlu ? WriteSwiGlu(name, activated) : WriteGelu(name, activated);
        string result;
        using (var matrix = weights.Matrix($"{name}.{output}.weight", config.FeedForwardSize, _hidden, outputScale.Span))
        {
            result = precision.Leave($"{name}.mlp.float", precision.MatMul($"{name}.{output}", activated, config.FeedForwardSize, _hidden, matrix.Span));
        }

        using var outputBias = weights.Vector($"{name}.{output}.bias", _hidden, outputScale.Span);
        var bias = graph.Constant($"{name}.{output}.bias", [_hidden], outputBias.Span);
        return WriteNorm(last ? "layernorm" : $"encoder.layer.{layer + 1}.norm1", result, middle.Residual, bias, needsSum: !last);
    }

    private string WriteAttention(string name, string queryTokens, string tokens)
    {
        var attention = $"{name}.attention.attention";
        string[] parts = [$"{attention}.query", $"{attention}.key", $"{attention}.value"];
        string query, key, value;
        if (queryTokens == tokens)
        {
            using var matrix = weights.Fuse([$"{parts[0]}.weight", $"{parts[1]}.weight", $"{parts[2]}.weight"], _hidden, _hidden);
            var fused = precision.MatMul($"{attention}.query_key_value", tokens, _hidden, 3 * _hidden, matrix.Span);
            (query, key, value) = (parts[0], parts[1], parts[2]);
            graph.Node("", "Split", $"{attention}.split", [fused], [query, key, value], GraphBuilder.Attribute("axis", -1L), GraphBuilder.Attribute("num_outputs", 3L));
        }
        else
        {
            using (var matrix = weights.Matrix($"{parts[0]}.weight", _hidden, _hidden, []))
            {
                query = precision.MatMul(parts[0], queryTokens, _hidden, _hidden, matrix.Span);
            }

            using var pair = weights.Fuse([$"{parts[1]}.weight", $"{parts[2]}.weight"], _hidden, _hidden);
            var fused = precision.MatMul($"{attention}.key_value", tokens, _hidden, 2 * _hidden, pair.Span);
            (key, value) = (parts[1], parts[2]);
            graph.Node("", "Split", $"{attention}.split", [fused], [key, value], GraphBuilder.Attribute("axis", -1L), GraphBuilder.Attribute("num_outputs", 2L));
        }

        var bias = "";
        if (config.QkvBias)
        {
            using var biases = new PooledArray<float>(3 * _hidden);
            for (var i = 0; i < parts.Length; i++)
            {
                using var part = weights.Read($"{parts[i]}.bias", _hidden);
                part.Span.CopyTo(biases.Span[(i * _hidden)..]);
            }

            bias = precision.Vector($"{attention}.bias", biases.Span);
        }

        return graph.Node(GraphBuilder.Microsoft, "MultiHeadAttention", attention, [query, key, value, bias], GraphBuilder.Attribute("num_heads", (long)config.Heads));
    }

    private string WriteGelu(string name, string tokens)
    {
        using var bias = weights.Read($"{name}.mlp.fc1.bias", config.FeedForwardSize);
        using var matrix = weights.Matrix($"{name}.mlp.fc1.weight", _hidden, config.FeedForwardSize, []);
        var hidden = precision.MatMul($"{name}.mlp.fc1", tokens, _hidden, config.FeedForwardSize, matrix.Span);
        return graph.Node(GraphBuilder.Microsoft, "BiasGelu", $"{name}.mlp.gelu", [hidden, precision.Vector($"{name}.mlp.fc1.bias", bias.Span)]);
    }

    private string WriteSwiGlu(string name, string tokens)
    {
        using var bias = weights.Read($"{name}.mlp.weights_in.bias", 2 * config.FeedForwardSize);
        using var matrix = weights.Matrix($"{name}.mlp.weights_in.weight", _hidden, 2 * config.FeedForwardSize, []);
        var hidden = precision.Linear($"{name}.mlp.weights_in", tokens, _hidden, 2 * config.FeedForwardSize, matrix.Span, bias.Span);
        string[] halves = [$"{name}.mlp.gate", $"{name}.mlp.value"];
        graph.Node("", "Split", $"{name}.mlp.split", [hidden], halves, GraphBuilder.Attribute("axis", -1L), GraphBuilder.Attribute("num_outputs", 2L));
        // x * sigmoid(x): SiLU.
        var silu = graph.Node(GraphBuilder.Microsoft, "QuickGelu", $"{name}.mlp.silu", [halves[0]], GraphBuilder.Attribute("alpha", 1f));
        return graph.Node("", "Mul", $"{name}.mlp.gated", [silu, halves[1]]);
    }

    // Adds the branch, its bias and the residual, and normalises the sum.
    private Stream WriteNorm(string name, string branch, string residual, string bias, bool needsSum = true)
    {
        using var gamma = weights.Read($"{name}.weight", _hidden);
        using var beta = weights.Read($"{name}.bias", _hidden);
        var stream = new Stream(needsSum ? $"{name}.residual" : "", $"{name}.output");
        graph.Node(
            GraphBuilder.Microsoft,
            "SkipLayerNormalization",
            name,
            [branch, residual, graph.Constant($"{name}.weight", [_hidden], gamma.Span), graph.Constant($"{name}.bias", [_hidden], beta.Span), bias],
            [stream.Normalised, "", "", stream.Residual],
            GraphBuilder.Attribute("epsilon", config.LayerNormEpsilon));
        return stream;
    }
}
