namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>
/// The keys of <c>config.json</c> that shape the model. Defaults are those of transformers' <c>Dinov2Config</c> and
/// <c>Dinov2WithRegistersConfig</c>, since a file may leave out what equals them. Setters, not init: the generated reader would give
/// init-only properties that are absent zero in place of the default.
/// </summary>
internal sealed record Dinov2ConfigJson
{
    public string? ModelType { get; set; }

    public int HiddenSize { get; set; } = 768;

    public int NumHiddenLayers { get; set; } = 12;

    public int NumAttentionHeads { get; set; } = 12;

    // Some writers say 4.0.
    public double MlpRatio { get; set; } = 4;

    public string? HiddenAct { get; set; } = "gelu";

    public double LayerNormEps { get; set; } = 1e-6;

    public int ImageSize { get; set; } = 224;

    public int PatchSize { get; set; } = 16;

    public int NumChannels { get; set; } = 3;

    public bool QkvBias { get; set; } = true;

    public bool UseSwigluFfn { get; set; }

    public int NumRegisterTokens { get; set; } = 4;
}
