using Dinov2Cluster.Model.Files;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// Seeded random checkpoints in Hugging Face layout: they have the published architectures, but their features mean nothing. The safetensors
/// metadata marks them (<c>dinov2cluster.random_seed</c>; see <see cref="Checkpoint.RandomWeights"/>).
/// </summary>
public static class RandomCheckpoint
{
    private const int PublishedRegisterTokens = 4;

    /// <summary>The published architectures in order of size, after <c>nano</c> for tests and first runs.</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["nano", "small", "base", "large", "giant"];

    /// <summary>
    /// Writes a checkpoint: the same bytes for the same arguments on every machine. Memory does not grow with the size. The directory
    /// appears complete or not at all.
    /// </summary>
    /// <param name="size">One of <see cref="Sizes"/>.</param>
    /// <param name="directory">The directory to make; must not exist, or be empty.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="registers">With the four register tokens of <c>dinov2_with_registers</c>.</param>
    /// <param name="cancellationToken">Stops the writing and removes what was written.</param>
    /// <exception cref="ModelException">The size is unknown, the directory is not empty, or it can't be written.</exception>
    public static void Write(string size, string directory, int seed, bool registers, CancellationToken cancellationToken)
    {
        var config = ConfigOf(size, registers);
        AtomicDirectory.Create(directory, temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, CheckpointLayout.Config), ConfigJson(config));
            File.WriteAllText(Path.Combine(temporary, CheckpointLayout.Preprocessor), PreprocessorJson);
            SafetensorsWriter.WriteRandom(Path.Combine(temporary, CheckpointLayout.Weights), [.. Dinov2Tensors.Of(config)], seed, cancellationToken);
        });
    }

    internal static Dinov2Config ConfigOf(string size, bool registers)
    {
        var (hidden, layers, heads) = size switch
        {
            "nano" => (128, 3, 2),
            "small" => (384, 12, 6),
            "base" => (768, 12, 12),
            "large" => (1024, 24, 16),
            "giant" => (1536, 40, 24),
            _ => throw new ModelException($"size {Printable.Quote(size)} is unknown; expected one of {string.Join(", ", Sizes)}"),
        };
        return new Dinov2Config
        {
            HiddenSize = hidden,
            Layers = layers,
            Heads = heads,
            PatchSize = 14,
            ImageSize = 518,
            MlpRatio = 4,
            UseSwiGlu = size == "giant",
            QkvBias = true,
            LayerNormEpsilon = 1e-6f,
            RegisterTokens = registers ? PublishedRegisterTokens : 0,
        };
    }

    // The keys that transformers writes for the published checkpoints: other readers accept these directories too.
    private static string ConfigJson(Dinov2Config config) => $$"""
        {
          "architectures": ["{{(config.RegisterTokens > 0 ? "Dinov2WithRegistersModel" : "Dinov2Model")}}"],
          "model_type": "{{(config.RegisterTokens > 0 ? "dinov2_with_registers" : "dinov2")}}",
          "apply_layernorm": true,
          "attention_probs_dropout_prob": 0.0,
          "drop_path_rate": 0.0,
          "hidden_act": "gelu",
          "hidden_dropout_prob": 0.0,
          "hidden_size": {{config.HiddenSize}},
          "image_size": {{config.ImageSize}},
          "initializer_range": 0.02,
          "layer_norm_eps": 1e-06,
          "layerscale_value": 1.0,
          "mlp_ratio": {{config.MlpRatio}},
          "num_attention_heads": {{config.Heads}},
          "num_channels": 3,
          "num_hidden_layers": {{config.Layers}},
          {{(config.RegisterTokens > 0 ? $"\"num_register_tokens\": {config.RegisterTokens},\n  " : "")}}"patch_size": {{config.PatchSize}},
          "qkv_bias": true,
          "torch_dtype": "float32",
          "use_swiglu_ffn": {{(config.UseSwiGlu ? "true" : "false")}}
        }

        """;

    private const string PreprocessorJson = """
        {
          "crop_size": { "height": 224, "width": 224 },
          "do_center_crop": true,
          "do_convert_rgb": true,
          "do_normalize": true,
          "do_rescale": true,
          "do_resize": true,
          "image_mean": [0.485, 0.456, 0.406],
          "image_processor_type": "BitImageProcessor",
          "image_std": [0.229, 0.224, 0.225],
          "resample": 3,
          "rescale_factor": 0.00392156862745098,
          "size": { "shortest_edge": 256 }
        }

        """;
}
