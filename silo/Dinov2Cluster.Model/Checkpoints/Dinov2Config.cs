namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The architecture of a DINOv2 checkpoint, from its <c>config.json</c> (Hugging Face names).</summary>
public sealed record Dinov2Config
{
    /// <summary>Values of an RGB pixel.</summary>
    internal const int Channels = 3;

    /// <summary><c>hidden_size</c>: features per token, and per image.</summary>
    public required int HiddenSize { get; init; }

    /// <summary><c>num_hidden_layers</c>.</summary>
    public required int Layers { get; init; }

    /// <summary><c>num_attention_heads</c>; divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    /// <summary><c>patch_size</c> in pixels, 14 in every published checkpoint.</summary>
    public required int PatchSize { get; init; }

    /// <summary><c>image_size</c> in pixels, which the position embedding was trained for: 518, a grid of 37 x 37.</summary>
    public required int ImageSize { get; init; }

    /// <summary><c>mlp_ratio</c>: the MLP's hidden size over <see cref="HiddenSize"/>.</summary>
    public required int MlpRatio { get; init; }

    /// <summary><c>use_swiglu_ffn</c>: the giant's SwiGLU block instead of the GELU MLP.</summary>
    public required bool UseSwiGlu { get; init; }

    /// <summary><c>qkv_bias</c>.</summary>
    public required bool QkvBias { get; init; }

    /// <summary><c>layer_norm_eps</c>.</summary>
    public required float LayerNormEpsilon { get; init; }

    /// <summary><c>num_register_tokens</c>: 0 for <c>dinov2</c>, 4 in the published <c>dinov2_with_registers</c>.</summary>
    public required int RegisterTokens { get; init; }

    /// <summary>
    /// Hidden size of the feed-forward block. SwiGLU: two thirds of <c>HiddenSize * MlpRatio</c>, rounded up to a multiple of 8
    /// (transformers, <c>Dinov2SwiGLUFFN</c>): 4096 for the giant.
    /// </summary>
    public int FeedForwardSize => UseSwiGlu ? ((HiddenSize * MlpRatio * 2 / 3) + 7) / 8 * 8 : HiddenSize * MlpRatio;

    /// <summary>Patches along one side of the trained position grid.</summary>
    public int PositionGrid => ImageSize / PatchSize;
}
