using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Reads a checkpoint's configuration files. Errors are one line that names the file and the key.</summary>
internal static class CheckpointJson
{
    public static T Parse<T>(ReadOnlySpan<byte> json, string path, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new ModelException($"{path}: not a JSON object");
        }
        catch (JsonException exception)
        {
            var problem = exception.Path is { Length: > 2 } key
                ? $"{Printable.Quote(key)} has a value of the wrong kind, or is given twice"
                : $"not a valid JSON object (line {exception.LineNumber + 1}); download it again";
            throw new ModelException($"{path}: {problem}", exception);
        }
    }

    public static void Require(bool condition, string path, string problem)
    {
        if (!condition)
        {
            throw new ModelException($"{path}: {problem}");
        }
    }
}

/// <summary>
/// The keys of <c>config.json</c> that shape the model. Defaults are those of transformers' <c>Dinov2Config</c> and
/// <c>Dinov2WithRegistersConfig</c>, since a file may leave out values that equal them. Setters, not init: the generated reader would give
/// absent init-only properties zero instead of the default.
/// </summary>
internal sealed record Dinov2ConfigJson
{
    public string? ModelType { get; set; }

    public int HiddenSize { get; set; } = 768;

    public int NumHiddenLayers { get; set; } = 12;

    public int NumAttentionHeads { get; set; } = 12;

    // Some writers write 4.0.
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

/// <summary>The keys of <c>preprocessor_config.json</c> that change pixels; absent ones take the published DINOv2 values.</summary>
internal sealed record PreprocessorConfigJson
{
    public bool DoResize { get; set; } = true;

    public bool DoCenterCrop { get; set; } = true;

    public bool DoRescale { get; set; } = true;

    public bool DoNormalize { get; set; } = true;

    // Pillow's number for bicubic.
    public int Resample { get; set; } = 3;

    // Both sizes may be a number or an object, as in transformers.
    public JsonElement? Size { get; set; }

    public JsonElement? CropSize { get; set; }

    public double? RescaleFactor { get; set; }

    public double[]? ImageMean { get; set; }

    public double[]? ImageStd { get; set; }
}

internal sealed record WeightIndexJson(Dictionary<string, string>? WeightMap);

// With a key given twice, two readers could see two models in one file.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Dinov2ConfigJson))]
[JsonSerializable(typeof(PreprocessorConfigJson))]
[JsonSerializable(typeof(WeightIndexJson))]
internal sealed partial class CheckpointJsonContext : JsonSerializerContext;
