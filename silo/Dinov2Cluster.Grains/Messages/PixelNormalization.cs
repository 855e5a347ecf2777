namespace Dinov2Cluster.Grains.Messages;

/// <summary>
/// How a model's own preprocessing turns a uint8 pixel into floats: <c>(pixel * RescaleFactor - Mean) / StandardDeviation</c>. The device does it;
/// the gateway reverses it for clients that send such floats.
/// </summary>
[GenerateSerializer, Immutable, Alias("dinov2.PixelNormalization")]
public readonly record struct PixelNormalization(
    [property: Id(0)] double RescaleFactor, [property: Id(1)] Rgb Mean, [property: Id(2)] Rgb StandardDeviation)
{
    /// <summary>What DINOv2's checkpoints publish in <c>preprocessor_config.json</c>: 1/255, and ImageNet's mean and standard deviation.</summary>
    public static PixelNormalization Published { get; } = new(1 / 255.0, new(0.485, 0.456, 0.406), new(0.229, 0.224, 0.225));
}

/// <summary>A number for each color channel.</summary>
[GenerateSerializer, Immutable, Alias("dinov2.Rgb")]
public readonly record struct Rgb([property: Id(0)] double Red, [property: Id(1)] double Green, [property: Id(2)] double Blue);
