using System.Text.Json;

namespace Dinov2Cluster.Model.Checkpoints;

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
