using Dinov2Cluster.Model.Checkpoints;

namespace Dinov2Cluster.Model.Compiler;

/// <summary>Writes the embedding of pixels as tokens: one matrix multiplication and one addition.</summary>
internal sealed class EmbeddingWriter(GraphContext context)
{
    private const string Projection = "embeddings.patch_embeddings.projection";

    private readonly int _hidden = context.Config.HiddenSize;

    /// <summary>Returns the tokens as rows, the first residual stream.</summary>
    public string Write()
    {
        using var bias = context.Weights.Read($"{Projection}.bias", _hidden);
        var projected = WriteProjection(context.Config.PatchSize, bias.Span);
        using var constant = ReadTokens(bias.Span);
        var addend = context.Precision.StreamConstant("embeddings.constant", [1, context.Tokens, _hidden], constant.Span);
        return context.Precision.Rows("embeddings", context.Graph.Node("", "Add", "embeddings.tokens", [projected, addend]), _hidden);
    }

    // Replaces the checkpoint's bias by the folded one.
    private string WriteProjection(int patch, Span<float> bias)
    {
        var (graph, grid) = (context.Graph, context.Grid);
        var values = patch * patch * Dinov2Config.Channels;

        // Patches don't overlap, so the convolution is a matrix; they are put in order while they are bytes, a quarter of the size of floats.
        var tiles = graph.Reshape("patches.tiles", GraphNames.Pixels, -1, grid, patch, grid, patch * Dinov2Config.Channels);
        var transposed = graph.Node("", "Transpose", "patches.transposed", [tiles], GraphBuilder.Attribute("perm", 0, 1, 3, 2, 4));
        var rows = graph.Reshape("patches", transposed, -1, context.Patches, values);

        using var convolution = context.Weights.Read($"{Projection}.weight", _hidden, Dinov2Config.Channels, patch, patch);
        using var matrix = new PooledArray<float>(convolution.Length);
        WeightFolding.FoldNormalization(convolution.Span, bias, patch, context.Checkpoint.Preprocessing, context.Precision.PixelZeroPoint, matrix.Span);
        return context.Precision.ProjectPatches("patch_embedding", rows, context.LeadingTokens, values, _hidden, matrix.Span);
    }

    // What the projection is added to: the CLS token with its position, the registers (they have no position), and the bias with each patch's position.
    private PooledArray<float> ReadTokens(ReadOnlySpan<float> projectionBias)
    {
        var (weights, config) = (context.Weights, context.Config);
        using var cls = weights.Read("embeddings.cls_token", 1, 1, _hidden);
        using var positions = weights.Read("embeddings.position_embeddings", 1, 1 + (config.PositionGrid * config.PositionGrid), _hidden);
        using var registers = config.RegisterTokens == 0 ? new PooledArray<float>(0) : weights.Read("embeddings.register_tokens", 1, config.RegisterTokens, _hidden);
        var tokens = new PooledArray<float>(context.Tokens * _hidden);
        for (var i = 0; i < _hidden; i++)
        {
            tokens.Span[i] = cls.Span[i] + positions.Span[i];
        }

        registers.Span.CopyTo(tokens.Span[_hidden..]);
        var patches = tokens.Span[(context.LeadingTokens * _hidden)..];
        PositionInterpolation.Resample(positions.Span[_hidden..], config.PositionGrid, context.Grid, _hidden, context.Manifest.PositionEmbedding, patches);
        for (var i = 0; i < patches.Length; i++)
        {
            patches[i] += projectionBias[i % _hidden];
        }

        return tokens;
    }
}
