using static Dinov2Cluster.Model.Checkpoints.CheckpointJson;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// Reads <c>config.json</c>. The bounds are several times the giant's numbers, and low enough that every tensor that they allow has fewer
/// than 2^31 bytes.
/// </summary>
internal static class Dinov2ConfigReader
{
    private const string Plain = "dinov2";
    private const string WithRegisters = "dinov2_with_registers";
    private const int MaxHiddenSize = 4096;
    private const int MaxLayers = 256;
    private const int MaxMlpRatio = 16;
    private const int MaxPatchSize = 128;
    private const int MaxImageSize = 8192;
    private const int MaxPositionGrid = 256;
    private const int MaxRegisterTokens = 64;

    public static Dinov2Config Parse(ReadOnlySpan<byte> json, string path)
    {
        var config = CheckpointJson.Parse(json, path, CheckpointJsonContext.Default.Dinov2ConfigJson);
        if (config.ModelType is not (Plain or WithRegisters))
        {
            throw new ModelException(config.ModelType is null
                ? $"{path}: no model_type; expected {Plain} or {WithRegisters}"
                : $"{path}: model_type {Printable.Quote(config.ModelType)} is not supported; expected {Plain} or {WithRegisters}");
        }

        Check(path, "hidden_size", config.HiddenSize, 1, MaxHiddenSize);
        Check(path, "num_hidden_layers", config.NumHiddenLayers, 1, MaxLayers);
        Check(path, "num_attention_heads", config.NumAttentionHeads, 1, config.HiddenSize);
        Check(path, "patch_size", config.PatchSize, 1, MaxPatchSize);
        Check(path, "image_size", config.ImageSize, config.PatchSize, MaxImageSize);
        Check(path, "num_channels", config.NumChannels, Dinov2Config.Channels, Dinov2Config.Channels);
        Require(config.MlpRatio is >= 1 and <= MaxMlpRatio && double.IsInteger(config.MlpRatio), path, $"mlp_ratio is not a whole number from 1 to {MaxMlpRatio}");
        Require(config.LayerNormEps is > 0 and < 1, path, "layer_norm_eps is not between 0 and 1");
        Require(config.HiddenSize % config.NumAttentionHeads == 0, path, $"num_attention_heads {config.NumAttentionHeads} does not divide hidden_size {config.HiddenSize}");
        Require(config.ImageSize % config.PatchSize == 0, path, $"patch_size {config.PatchSize} does not divide image_size {config.ImageSize}");
        Require(config.ImageSize / config.PatchSize <= MaxPositionGrid, path, $"image_size {config.ImageSize} has more than {MaxPositionGrid} patches of {config.PatchSize} along a side");
        Require(config.UseSwigluFfn || config.HiddenAct == "gelu", path, $"hidden_act {Printable.Quote(config.HiddenAct ?? "null")} is not supported; expected gelu");
        if (config.ModelType == WithRegisters)
        {
            Check(path, "num_register_tokens", config.NumRegisterTokens, 0, MaxRegisterTokens);
        }

        return new Dinov2Config
        {
            HiddenSize = config.HiddenSize,
            Layers = config.NumHiddenLayers,
            Heads = config.NumAttentionHeads,
            PatchSize = config.PatchSize,
            ImageSize = config.ImageSize,
            MlpRatio = (int)config.MlpRatio,
            UseSwiGlu = config.UseSwigluFfn,
            QkvBias = config.QkvBias,
            LayerNormEpsilon = (float)config.LayerNormEps,
            RegisterTokens = config.ModelType == WithRegisters ? config.NumRegisterTokens : 0,
        };
    }

    private static void Check(string path, string key, int value, int minimum, int maximum) =>
        Require(value >= minimum && value <= maximum, path, $"{key} is {value}, not between {minimum} and {maximum}");
}
