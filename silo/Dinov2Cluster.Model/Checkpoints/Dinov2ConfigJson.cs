namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// The keys of <c>config.json</c> that shape the model. Defaults are those of transformers' <c>Dinov2Config</c> and
/// <c>Dinov2WithRegistersConfig</c>, which leave out nothing but what equals them.
/// </summary>
internal sealed record Dinov2ConfigJson
{
    public string? ModelType { get; init; }

    public int HiddenSize { get; init; } = 768;

    public int NumHiddenLayers { get; init; } = 12;

    public int NumAttentionHeads { get; init; } = 12;

    // Some writers say 4.0.
    public double MlpRatio { get; init; } = 4;

    public string HiddenAct { get; init; } = "gelu";

    public double LayerNormEps { get; init; } = 1e-6;

    public int ImageSize { get; init; } = 224;

    public int PatchSize { get; init; } = 16;

    public int NumChannels { get; init; } = 3;

    public bool QkvBias { get; init; } = true;

    public bool UseSwigluFfn { get; init; }

    public int NumRegisterTokens { get; init; } = 4;
}
