namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// Every tensor of a DINOv2 checkpoint, in the order and under the names of transformers' <c>modeling_dinov2.py</c> and
/// <c>modeling_dinov2_with_registers.py</c>. Random weights are scaled by the square root of their inputs: signals keep their size
/// through any depth and width, and features depend on the image.
/// </summary>
internal static class Dinov2Tensors
{
    private const int Channels = Dinov2Config.Channels;
    private const double TokenDeviation = 0.5;
    private const double BiasDeviation = 0.1;

    public static IEnumerable<TensorShape> Of(Dinov2Config config)
    {
        var hidden = config.HiddenSize;
        yield return new("embeddings.cls_token", [1, 1, hidden], 0, TokenDeviation);
        yield return new("embeddings.mask_token", [1, hidden], 0, TokenDeviation);
        yield return new("embeddings.position_embeddings", [1, (config.PositionGrid * config.PositionGrid) + 1, hidden], 0, TokenDeviation);
        if (config.RegisterTokens > 0)
        {
            yield return new("embeddings.register_tokens", [1, config.RegisterTokens, hidden], 0, TokenDeviation);
        }

        const string Projection = "embeddings.patch_embeddings.projection";
        yield return new(Projection + ".weight", [hidden, Channels, config.PatchSize, config.PatchSize], 0, PerInput(Channels * config.PatchSize * config.PatchSize));
        yield return Bias(Projection, hidden);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var tensor in Layer(config, $"encoder.layer.{layer}."))
            {
                yield return tensor;
            }
        }

        yield return NormWeight("layernorm", hidden);
        yield return Bias("layernorm", hidden);
    }

    private static IEnumerable<TensorShape> Layer(Dinov2Config config, string prefix)
    {
        var hidden = config.HiddenSize;
        foreach (var norm in (string[])["norm1", "norm2"])
        {
            yield return NormWeight(prefix + norm, hidden);
            yield return Bias(prefix + norm, hidden);
        }

        foreach (var projection in (string[])["query", "key", "value"])
        {
            yield return Linear(prefix + "attention.attention." + projection, hidden, hidden);
            if (config.QkvBias)
            {
                yield return Bias(prefix + "attention.attention." + projection, hidden);
            }
        }

        yield return Linear(prefix + "attention.output.dense", hidden, hidden);
        yield return Bias(prefix + "attention.output.dense", hidden);
        yield return LayerScale(prefix + "layer_scale1", hidden);
        yield return LayerScale(prefix + "layer_scale2", hidden);

        // SwiGLU computes its gate and its value in one projection.
        var inner = config.FeedForwardSize;
        var (first, outputs, second) = config.UseSwiGlu ? ("mlp.weights_in", 2 * inner, "mlp.weights_out") : ("mlp.fc1", inner, "mlp.fc2");
        yield return Linear(prefix + first, outputs, hidden);
        yield return Bias(prefix + first, outputs);
        yield return Linear(prefix + second, hidden, inner);
        yield return Bias(prefix + second, hidden);
    }

    private static double PerInput(int inputs) => 1 / Math.Sqrt(inputs);

    private static TensorShape Linear(string name, int outputs, int inputs) => new(name + ".weight", [outputs, inputs], 0, PerInput(inputs));

    private static TensorShape Bias(string name, int length) => new(name + ".bias", [length], 0, BiasDeviation);

    private static TensorShape NormWeight(string name, int length) => new(name + ".weight", [length], 1, 0.1);

    // The generator stays within 3.5 deviations: 0.07 to 0.93.
    private static TensorShape LayerScale(string name, int length) => new(name + ".lambda1", [length], 0.5, 0.125);
}

/// <summary>A tensor of an architecture, and the distribution of its random stand-in.</summary>
/// <param name="Name">Name as in transformers' <c>Dinov2Model</c>.</param>
/// <param name="Shape">Row-major shape.</param>
/// <param name="Mean">Mean of random weights.</param>
/// <param name="StandardDeviation">Standard deviation of random weights.</param>
internal sealed record TensorShape(string Name, int[] Shape, double Mean, double StandardDeviation)
{
    public long Count => Shape.Aggregate(1L, (product, dimension) => checked(product * dimension));
}
