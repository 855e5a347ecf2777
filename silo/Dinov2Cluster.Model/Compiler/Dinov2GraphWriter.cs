using Dinov2Cluster.Model.Checkpoints;
using DataType = Dinov2Cluster.Model.Compiler.Onnx.TensorProto.Types.DataType;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Writes DINOv2 as a graph: uint8 crops in, one row of features per image out, and optionally the patch tokens.</summary>
internal sealed class Dinov2GraphWriter(GraphContext context)
{
    public void Write(CancellationToken cancellationToken)
    {
        var (config, graph) = (context.Config, context.Graph);
        var side = context.Manifest.ImageSize;
        graph.Input(GraphNames.Pixels, DataType.Uint8, side, side, Dinov2Config.Channels);
        graph.Output(GraphNames.ImageFeatures, DataType.Float, config.HiddenSize);

        var residual = new EmbeddingWriter(context).Write();
        var stream = new TokenStream(residual, context.Precision.Normalize(WriteNorm($"{Block(0)}.norm1"), residual, $"{Block(0)}.norm1"));
        var blocks = new BlockWriter(context);
        for (var layer = 0; layer < config.Layers - 1; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream = blocks.Write(Block(layer), stream, clsOnly: false, WriteNorm($"{Block(layer)}.norm2"), WriteNorm($"{Block(layer + 1)}.norm1"), $"{Block(layer + 1)}.norm1");
        }

        var last = config.Layers - 1;
        var patchTokens = context.Manifest.PatchTokens > 0;
        stream = blocks.Write(Block(last), stream, clsOnly: !patchTokens, WriteNorm($"{Block(last)}.norm2"), WriteNorm("layernorm"), "layernorm");
        var normalized = context.Precision.Finish("layernorm.float", stream.Normalized);
        if (patchTokens)
        {
            WriteTokens(normalized);
        }
        else
        {
            graph.Reshape(GraphNames.ImageFeatures, normalized, -1, config.HiddenSize);
        }
    }

    private static string Block(int layer) => $"encoder.layer.{layer}";

    private void WriteTokens(string normalized)
    {
        var (graph, hidden) = (context.Graph, context.Config.HiddenSize);
        graph.Output(GraphNames.PatchFeatures, DataType.Float, context.Patches, hidden);
        graph.Output(GraphNames.PatchMean, DataType.Float, hidden);

        var tokens = context.Precision.Images("tokens", normalized, context.Tokens, hidden);
        var axes = graph.Constant("tokens.axes", [1], [1L]);
        graph.Node("", "Gather", GraphNames.ImageFeatures, [tokens, graph.Constant("tokens.cls", [], [0L])], GraphBuilder.Attribute("axis", 1L));
        string[] range = [graph.Constant("tokens.first", [1], [(long)context.LeadingTokens]), graph.Constant("tokens.end", [1], [(long)context.Tokens])];
        graph.Node("", "Slice", GraphNames.PatchFeatures, [tokens, .. range, axes]);
        graph.Node("", "ReduceMean", GraphNames.PatchMean, [GraphNames.PatchFeatures, axes], GraphBuilder.Attribute("keepdims", 0L));
    }

    private LayerNorm WriteNorm(string name)
    {
        var hidden = context.Config.HiddenSize;
        using var gamma = context.Weights.Read($"{name}.weight", hidden);
        using var beta = context.Weights.Read($"{name}.bias", hidden);
        return new LayerNorm(
            context.Precision.StreamConstant($"{name}.weight", [hidden], gamma.Span),
            context.Precision.StreamConstant($"{name}.bias", [hidden], beta.Span),
            context.Config.LayerNormEpsilon);
    }
}

/// <summary>What the writers of a graph's parts share.</summary>
internal sealed record GraphContext(Checkpoint Checkpoint, ModelManifest Manifest, GraphBuilder Graph, PrecisionWriter Precision, WeightReader Weights)
{
    public Dinov2Config Config => Checkpoint.Config;

    /// <summary>Patches along one side of the crop.</summary>
    public int Grid => Manifest.ImageSize / Manifest.PatchSize;

    /// <summary>Patch tokens of one image.</summary>
    public int Patches => Grid * Grid;

    /// <summary>Tokens before the patches: CLS, then the registers.</summary>
    public int LeadingTokens => 1 + Config.RegisterTokens;

    /// <summary>Tokens of one image.</summary>
    public int Tokens => LeadingTokens + Patches;
}
