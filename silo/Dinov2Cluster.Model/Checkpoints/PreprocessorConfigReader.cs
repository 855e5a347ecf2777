using System.Text.Json;
using static Dinov2Cluster.Model.Checkpoints.CheckpointJson;

namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>Reads <c>preprocessor_config.json</c>, and refuses what the preprocessing of the gateway doesn't do: pixels must never differ silently.</summary>
internal static class PreprocessorConfigReader
{
    private const int Bicubic = 3;
    private const int MaxSide = 4096;

    public static PreprocessorConfig Parse(ReadOnlySpan<byte> json, string path)
    {
        var file = CheckpointJson.Parse(json, path, CheckpointJsonContext.Default.PreprocessorConfigJson);
        Require(file.DoResize, path, "do_resize is false; images are always resized");
        Require(file.DoCenterCrop, path, "do_center_crop is false; images are always cropped");
        Require(file.DoRescale, path, "do_rescale is false; pixels are always rescaled");
        Require(file.DoNormalize, path, "do_normalize is false; pixels are always normalized");
        Require(file.Resample == Bicubic, path, $"resample is {file.Resample}; only {Bicubic} (bicubic) is supported");

        var defaults = new PreprocessorConfig();
        var edge = file.Size is { } size ? Side(size, path, "size", "shortest_edge", "shortest_edge") : defaults.ShortestEdge;
        var crop = file.CropSize is { } cropSize ? Side(cropSize, path, "crop_size", "height", "width") : defaults.CropSize;
        Require(crop <= edge, path, $"crop_size {crop} is larger than the shortest edge {edge}");
        var rescale = file.RescaleFactor ?? defaults.RescaleFactor;
        Require(double.IsFinite(rescale) && rescale > 0, path, "rescale_factor is not a positive number");
        var mean = file.ImageMean ?? [.. defaults.Mean];
        Require(mean.Length == 3 && mean.All(value => Math.Abs(value) <= 1e6), path, "image_mean is not three numbers");
        var deviation = file.ImageStd ?? [.. defaults.StandardDeviation];
        Require(deviation.Length == 3 && deviation.All(value => value is >= 1e-6 and <= 1e6), path, "image_std is not three positive numbers");
        return new PreprocessorConfig
        {
            ShortestEdge = edge,
            CropSize = crop,
            RescaleFactor = rescale,
            Mean = mean,
            StandardDeviation = deviation,
        };
    }

    private static int Side(JsonElement element, string path, string key, string first, string second)
    {
        var side = element.ValueKind != JsonValueKind.Object
            ? Number(element)
            : element.TryGetProperty(first, out var a) && element.TryGetProperty(second, out var b) && Number(a) == Number(b) ? Number(a) : null;
        Require(side is >= 1 and <= MaxSide, path, $"{key} is not a whole number from 1 to {MaxSide}, nor an object with equal {first} and {second}");
        return side!.Value;
    }

    private static int? Number(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var number) ? number : null;
}
