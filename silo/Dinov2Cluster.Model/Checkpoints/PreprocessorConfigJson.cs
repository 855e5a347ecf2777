using System.Text.Json;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>The keys of <c>preprocessor_config.json</c> that change pixels; absent ones take the published DINOv2 values.</summary>
internal sealed record PreprocessorConfigJson
{
    public bool DoResize { get; init; } = true;

    public bool DoCenterCrop { get; init; } = true;

    public bool DoRescale { get; init; } = true;

    public bool DoNormalize { get; init; } = true;

    // Pillow's number for bicubic.
    public int Resample { get; init; } = 3;

    // Both sizes may be a number or an object, as in transformers.
    public JsonElement? Size { get; init; }

    public JsonElement? CropSize { get; init; }

    public double? RescaleFactor { get; init; }

    public double[]? ImageMean { get; init; }

    public double[]? ImageStd { get; init; }
}
