namespace Dinov2Cluster.Model.Checkpoints;

/// <summary>How images become a checkpoint's crops, from its <c>preprocessor_config.json</c>.</summary>
public sealed record PreprocessorConfig
{
    /// <summary><c>size.shortest_edge</c> in pixels.</summary>
    public int ShortestEdge { get; init; } = 256;

    /// <summary><c>crop_size</c> in pixels, square.</summary>
    public int CropSize { get; init; } = 224;

    /// <summary><c>rescale_factor</c>, applied to 0..255 pixels.</summary>
    public double RescaleFactor { get; init; } = 1.0 / 255;

    /// <summary><c>image_mean</c>, one per RGB channel.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.485, 0.456, 0.406];

    /// <summary><c>image_std</c>, one per RGB channel.</summary>
    public IReadOnlyList<double> StandardDeviation { get; init; } = [0.229, 0.224, 0.225];

    /// <summary>The same for another crop size in pixels; the crop keeps its share of the image.</summary>
    public PreprocessorConfig ForCrop(int cropSize) => cropSize == CropSize
        ? this
        : this with { CropSize = cropSize, ShortestEdge = (int)Math.Round((double)ShortestEdge * cropSize / CropSize) };
}
