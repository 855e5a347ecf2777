using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Dinov2Cluster.Model.Compiler.Onnx;
using Google.Protobuf;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Benchmarks.Compiler;

/// <summary>
/// Writes a checkpoint the way an exporter does: normalised float pixels [N, 3, side, side] in, a convolution, separate query, key and value,
/// attention and GELU from primitive operators, LayerScale as a multiplication, and a full last block. What the compiler is measured against.
/// </summary>
internal sealed class PlainGraph(Checkpoint checkpoint, GraphBuilder graph, int side, CancellationToken cancellationToken)
{
    public const string InputName = "pixel_values";
    public const string OutputName = "image_features";

    private readonly Dinov2Config _config = checkpoint.Config;
    private readonly int _hidden = checkpoint.Config.HiddenSize;
    private readonly WeightReader _weights = new(checkpoint, cancellationToken);

    public static void Write(string checkpointDirectory, string modelDirectory, int side, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(modelDirectory);
        using var checkpoint = Checkpoint.Open(checkpointDirectory);
        using var data = new ExternalDataWriter(Path.Combine(modelDirectory, "model.onnx.data"));
        var graph = new GraphBuilder(data);
        new PlainGraph(checkpoint, graph, side, cancellationToken).Write();
        var model = new ModelProto { IrVersion = 8, ProducerName = "plain", Graph = graph.Graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 18 });
        using var file = File.Create(Path.Combine(modelDirectory, ModelCompiler.GraphFileName));
        model.WriteTo(file);
    }

    private void Write()
    {
        graph.Input(InputName, DataType.Float, 3, side, side);
        graph.Output(OutputName, DataType.Float, _hidden);
        var tokens = WriteEmbeddings();
        for (var layer = 0; layer < _config.Layers; layer++)
        {
            tokens = WriteBlock($"encoder.layer.{layer}", tokens);
        }

        var normalised = WriteNorm("layernorm", tokens);
        graph.Node("", "Gather", OutputName, [normalised, graph.Constant("cls_index", [], [0L])], GraphBuilder.Attribute("axis", 1L));
    }

    private string WriteEmbeddings()
    {
        var patch = _config.PatchSize;
        var grid = side / patch;
        using var kernel = _weights.Read("embeddings.patch_embeddings.projection.weight", _hidden, 3, patch, patch);
        using var bias = _weights.Read("embeddings.patch_embeddings.projection.bias", _hidden);
        var convolution = graph.Node(
            "",
            "Conv",
            "patches",
            [InputName, graph.Constant("patches.weight", [_hidden, 3, patch, patch], kernel.Span), graph.Constant("patches.bias", [_hidden], bias.Span)],
            GraphBuilder.Attribute("kernel_shape", patch, patch),
            GraphBuilder.Attribute("strides", patch, patch));
        var rows = graph.Node("", "Transpose", "patches.rows", [graph.Reshape("patches.flat", convolution, 0, _hidden, grid * grid)], GraphBuilder.Attribute("perm", 0, 2, 1));

        using var cls = _weights.Read("embeddings.cls_token", 1, 1, _hidden);
        var batch = graph.Node("", "Shape", "batch", [InputName], GraphBuilder.Attribute("start", 0L), GraphBuilder.Attribute("end", 1L));
        var shape = graph.Node("", "Concat", "cls.shape", [batch, graph.Constant("cls.tail", [2], [1L, _hidden])], GraphBuilder.Attribute("axis", 0L));
        var expanded = graph.Node("", "Expand", "cls", [graph.Constant("cls_token", [1, 1, _hidden], cls.Span), shape]);
        var tokens = graph.Node("", "Concat", "tokens", [expanded, rows], GraphBuilder.Attribute("axis", 1L));

        var trained = _config.PositionGrid;
        using var positions = _weights.Read("embeddings.position_embeddings", 1, 1 + (trained * trained), _hidden);
        using var resampled = new PooledArray<float>((1 + (grid * grid)) * _hidden);
        positions.Span[.._hidden].CopyTo(resampled.Span);
        PositionInterpolation.Resample(positions.Span[_hidden..], trained, grid, _hidden, PositionEmbeddingMode.Legacy, resampled.Span[_hidden..]);
        return graph.Node("", "Add", "embeddings", [tokens, graph.Constant("positions", [1, 1 + (grid * grid), _hidden], resampled.Span)]);
    }

    private string WriteBlock(string name, string input)
    {
        var attention = WriteAttention(name, WriteNorm($"{name}.norm1", input));
        var middle = graph.Node("", "Add", $"{name}.middle", [WriteLayerScale($"{name}.layer_scale1", attention), input]);
        var hidden = WriteLinear($"{name}.mlp.fc1", WriteNorm($"{name}.norm2", middle), _hidden, _config.FeedForwardSize);
        var output = WriteLinear($"{name}.mlp.fc2", WriteGelu($"{name}.mlp.gelu", hidden), _config.FeedForwardSize, _hidden);
        return graph.Node("", "Add", $"{name}.output", [WriteLayerScale($"{name}.layer_scale2", output), middle]);
    }

    private string WriteAttention(string name, string tokens)
    {
        var attention = $"{name}.attention.attention";
        var query = WriteHeads($"{attention}.query", tokens, 0, 2, 1, 3);
        var key = WriteHeads($"{attention}.key", tokens, 0, 2, 3, 1);
        var value = WriteHeads($"{attention}.value", tokens, 0, 2, 1, 3);
        var scores = graph.Node("", "MatMul", $"{attention}.scores", [query, key]);
        var scale = graph.Constant($"{attention}.scale", [], [MathF.Sqrt((float)_hidden / _config.Heads)]);
        var scaled = graph.Node("", "Div", $"{attention}.scaled", [scores, scale]);
        var weights = graph.Node("", "Softmax", $"{attention}.softmax", [scaled], GraphBuilder.Attribute("axis", -1L));
        var mixed = graph.Node("", "MatMul", $"{attention}.mixed", [weights, value]);
        var rows = graph.Node("", "Transpose", $"{attention}.rows", [mixed], GraphBuilder.Attribute("perm", 0, 2, 1, 3));
        return WriteLinear($"{name}.attention.output.dense", graph.Reshape($"{attention}.merged", rows, 0, -1, _hidden), _hidden, _hidden);
    }

    private string WriteHeads(string name, string tokens, params ReadOnlySpan<long> order)
    {
        var heads = graph.Reshape($"{name}.heads", WriteLinear(name, tokens, _hidden, _hidden), 0, -1, _config.Heads, _hidden / _config.Heads);
        return graph.Node("", "Transpose", $"{name}.transposed", [heads], GraphBuilder.Attribute("perm", order));
    }

    private string WriteLinear(string name, string tokens, int inputs, int outputs)
    {
        using var weight = _weights.Matrix([$"{name}.weight"], inputs, outputs, []);
        using var bias = _weights.Read($"{name}.bias", outputs);
        var product = graph.Node("", "MatMul", $"{name}.product", [tokens, graph.Constant($"{name}.weight", [inputs, outputs], weight.Span)]);
        return graph.Node("", "Add", name, [product, graph.Constant($"{name}.bias", [outputs], bias.Span)]);
    }

    private string WriteLayerScale(string name, string branch)
    {
        using var scale = _weights.Read($"{name}.lambda1", _hidden);
        return graph.Node("", "Mul", name, [branch, graph.Constant($"{name}.lambda1", [_hidden], scale.Span)]);
    }

    // x * (1 + erf(x / sqrt 2)) / 2, in the order in which torch exports it.
    private string WriteGelu(string name, string input)
    {
        var divided = graph.Node("", "Div", $"{name}.divided", [input, graph.Constant($"{name}.sqrt2", [], [MathF.Sqrt(2)])]);
        var erf = graph.Node("", "Erf", $"{name}.erf", [divided]);
        var shifted = graph.Node("", "Add", $"{name}.shifted", [erf, graph.Constant($"{name}.one", [], [1f])]);
        var product = graph.Node("", "Mul", $"{name}.product", [input, shifted]);
        return graph.Node("", "Mul", name, [product, graph.Constant($"{name}.half", [], [0.5f])]);
    }

    private string WriteNorm(string name, string input)
    {
        using var gamma = _weights.Read($"{name}.weight", _hidden);
        using var beta = _weights.Read($"{name}.bias", _hidden);
        string[] inputs = [input, graph.Constant($"{name}.weight", [_hidden], gamma.Span), graph.Constant($"{name}.bias", [_hidden], beta.Span)];
        return graph.Node("", "LayerNormalization", $"{name}.output", inputs, GraphBuilder.Attribute("epsilon", _config.LayerNormEpsilon));
    }
}
