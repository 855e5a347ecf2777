using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Checkpoints;
using Dinov2Cluster.Model.Compiler;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>How to use one ONNX graph, from its inputs and outputs.</summary>
/// <param name="Layout">What the input takes.</param>
/// <param name="Input">The input's name.</param>
/// <param name="Output">The output's name.</param>
/// <param name="ImageSize">Side of the crop in pixels.</param>
/// <param name="MaxBatchSize">Most images per run.</param>
/// <param name="FixedBatch">The graph takes exactly <paramref name="MaxBatchSize"/> images, never fewer.</param>
/// <param name="RowsPerImage">Rows of the output per image: 1, or the tokens of <c>last_hidden_state</c>, whose first is the CLS token. 0: not declared.</param>
/// <param name="EmbeddingSize">Features per row. 0: not declared.</param>
/// <param name="PatchTokens">Patch tokens per image, in outputs of their own; 0: the graph was not compiled here, or without them.</param>
internal sealed record ModelGraph(
    PixelLayout Layout, string Input, string Output, int ImageSize, int MaxBatchSize, bool FixedBatch, int RowsPerImage, int EmbeddingSize, int PatchTokens)
{
    // In order of preference: pooler_output is the CLS row of last_hidden_state after the final norm, without the copy of all tokens.
    private static readonly string[] _outputs = [GraphNames.ImageFeatures, GraphNames.PoolerOutput, GraphNames.LastHiddenState];

    /// <summary>True when only a run can tell the output's shape.</summary>
    public bool NeedsProbe => RowsPerImage == 0 || EmbeddingSize == 0;

    /// <summary>Shape of the input for <paramref name="images"/> images.</summary>
    public long[] InputShape(int images) => Layout == PixelLayout.NormalizedChw ? [images, 3, ImageSize, ImageSize] : [images, ImageSize, ImageSize, 3];

    /// <summary>Shape of the output for <paramref name="images"/> images.</summary>
    public long[] OutputShape(int images) => Output == GraphNames.LastHiddenState ? [images, RowsPerImage, EmbeddingSize] : [images, EmbeddingSize];

    /// <summary>Shape of the patch tokens for <paramref name="images"/> images.</summary>
    public long[] PatchTokensShape(int images) => [images, PatchTokens, EmbeddingSize];

    /// <summary>Shape of their mean for <paramref name="images"/> images.</summary>
    public long[] PatchMeanShape(int images) => [images, EmbeddingSize];

    /// <summary>Reads the graph's signature.</summary>
    public static ModelGraph Inspect(InferenceSession session, string path, ModelManifest? manifest, int maxBatchSize)
    {
        var inputs = session.InputMetadata;
        var (name, input) = inputs.Count == 1 ? inputs.First() : throw Unknown(session, path);
        var layout = (name, input.ElementDataType, input.Dimensions.Length) switch
        {
            (GraphNames.Pixels, TensorElementType.UInt8, 4) => PixelLayout.BytesHwc,
            (GraphNames.PixelValues, TensorElementType.Float, 4) => PixelLayout.NormalizedChw,
            _ => throw Unknown(session, path),
        };
        var (height, width, channels) = layout == PixelLayout.BytesHwc
            ? (input.Dimensions[1], input.Dimensions[2], input.Dimensions[3])
            : (input.Dimensions[2], input.Dimensions[3], input.Dimensions[1]);
        if (height != width || (channels > 0 && channels != 3))
        {
            throw Unknown(session, path);
        }

        var output = _outputs.FirstOrDefault(session.OutputMetadata.ContainsKey) ?? throw Unknown(session, path);
        var shape = session.OutputMetadata[output].Dimensions;
        if (session.OutputMetadata[output].ElementDataType != TensorElementType.Float || shape.Length != (output == GraphNames.LastHiddenState ? 3 : 2))
        {
            throw Unknown(session, path);
        }

        // Dimensions that the graph leaves open are negative.
        var imageSize = height > 0 ? height : manifest?.ImageSize ?? new PreprocessorConfig().CropSize;
        if (manifest is not null && imageSize != manifest.ImageSize)
        {
            throw new ModelException($"{path} takes {imageSize} pixels, but {ModelManifest.FileName} next to it says {manifest.ImageSize}.");
        }

        var features = Math.Max(shape[^1], 0);
        var patchTokens = manifest?.PatchTokens ?? 0;
        if (patchTokens > 0 && !(Gives(session, GraphNames.PatchFeatures, patchTokens, features) && Gives(session, GraphNames.PatchMean, features)))
        {
            throw new ModelException($"{path} doesn't give the {patchTokens} patch tokens that {ModelManifest.FileName} next to it says; compile the model again.");
        }

        var batch = input.Dimensions[0];
        return new ModelGraph(
            layout, name, output, imageSize, batch > 0 ? batch : maxBatchSize, batch > 0,
            shape.Length == 3 ? Math.Max(shape[1], 0) : 1, features, patchTokens);
    }

    private static bool Gives(InferenceSession session, string output, params ReadOnlySpan<int> dimensionsAfterBatch) =>
        session.OutputMetadata.TryGetValue(output, out var found)
        && found is { IsTensor: true, ElementDataType: TensorElementType.Float, Dimensions: [_, .. var after] }
        && dimensionsAfterBatch.SequenceEqual(after);

    private static ModelException Unknown(InferenceSession session, string path) => new(
        $"{path} is not a model that can be served. Wanted: input {GraphNames.Pixels} uint8 [N,S,S,3] or {GraphNames.PixelValues} float32 [N,3,S,S], and output " +
        $"{GraphNames.ImageFeatures} or {GraphNames.PoolerOutput} float32 [N,D] or {GraphNames.LastHiddenState} float32 [N,T,D]. " +
        $"Found: inputs {Describe(session.InputMetadata)}; outputs {Describe(session.OutputMetadata)}.");

    private static string Describe(IReadOnlyDictionary<string, NodeMetadata> nodes) => string.Join(", ", nodes.Select(node =>
        node.Value.IsTensor ? $"{node.Key} {node.Value.ElementDataType} [{string.Join(",", node.Value.Dimensions)}]" : node.Key));
}

/// <summary>The pixels that a graph takes.</summary>
internal enum PixelLayout
{
    /// <summary>uint8 <c>[N, S, S, 3]</c>, unchanged: a compiled graph, which normalizes inside.</summary>
    BytesHwc,

    /// <summary>float32 <c>[N, 3, S, S]</c>, normalized: an export of another tool.</summary>
    NormalizedChw,
}
