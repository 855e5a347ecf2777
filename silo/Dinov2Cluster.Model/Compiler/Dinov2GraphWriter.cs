using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Writes DINOv2 as a graph: uint8 crops in, one row of features per image out, and the patch tokens when they are asked for.</summary>
internal sealed class Dinov2GraphWriter(GraphContext context)
{
    /// <summary>Name of the input: uint8 [N, side, side, 3], RGB.</summary>
    public const string InputName = "pixels";

    /// <summary>Name of the output: float32 [N, HiddenSize], the CLS token after the last LayerNorm, not normalised to unit length.</summary>
    public const string OutputName = "image_features";

    /// <summary>Name of the output of patch tokens: float32 [N, patches, HiddenSize] after the last LayerNorm, row by row from the upper left, without CLS token and registers.</summary>
    public const string PatchOutputName = "patch_features";

    /// <summary>Name of the output of their mean: float32 [N, HiddenSize].</summary>
    public const string PatchMeanOutputName = "patch_mean";

    /// <summary>Values of an RGB pixel.</summary>
    public const int Channels = 3;

    public void Write(CancellationToken cancellationToken)
    {
        var (config, graph, weights) = (context.Config, context.Graph, context.Weights);
        var side = context.Grid * config.PatchSize;
        graph.Input(InputName, DataType.Uint8, side, side, Channels);
        graph.Output(OutputName, DataType.Float, config.HiddenSize);

        var residual = new EmbeddingWriter(context).Write();
        var normalised = context.Precision.Normalise(ReadNorm(0, "norm1"), residual, $"{Block(0)}.norm1");
        var stream = new TokenStream(residual, normalised);
        var blocks = new BlockWriter(context);
        for (var layer = 0; layer < config.Layers - 1; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream = blocks.Write(Block(layer), stream, clsOnly: false, ReadNorm(layer, "norm2"), ReadNorm(layer + 1, "norm1"), $"{Block(layer + 1)}.norm1");
        }

        var last = config.Layers - 1;
        stream = blocks.Write(Block(last), stream, clsOnly: !context.PatchTokens, ReadNorm(last, "norm2"), weights.Norm("layernorm", config), "layernorm");
        if (context.PatchTokens)
        {
            WriteTokens(stream.Normalised);
        }
        else
        {
            graph.Reshape(OutputName, stream.Normalised, -1, config.HiddenSize);
        }
    }

    private static string Block(int layer) => $"encoder.layer.{layer}";

    private void WriteTokens(string normalised)
    {
        var (graph, hidden) = (context.Graph, context.Config.HiddenSize);
        graph.Output(PatchOutputName, DataType.Float, context.Patches, hidden);
        graph.Output(PatchMeanOutputName, DataType.Float, hidden);

        var tokens = context.Precision.Images("tokens", normalised, context.Tokens, hidden);
        var axes = graph.Constant("tokens.axes", [1], [1L]);
        graph.Node("", "Gather", OutputName, [tokens, graph.Constant("tokens.cls", [], [0L])], GraphBuilder.Attribute("axis", 1L));
        string[] range = [graph.Constant("tokens.first", [1], [(long)context.LeadingTokens]), graph.Constant("tokens.end", [1], [(long)context.Tokens])];
        graph.Node("", "Slice", PatchOutputName, [tokens, .. range, axes]);
        graph.Node("", "ReduceMean", PatchMeanOutputName, [PatchOutputName, axes], GraphBuilder.Attribute("keepdims", 0L));
    }

    private LayerNorm ReadNorm(int layer, string name) => context.Weights.Norm($"{Block(layer)}.{name}", context.Config);
}
