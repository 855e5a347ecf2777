using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Imaging;

/// <summary>Limits and sizes of image decoding. The sizes' defaults are those of the published checkpoints' <c>preprocessor_config.json</c>.</summary>
public sealed class ImagingOptions : IValidatableObject
{
    /// <summary>Largest encoded image in bytes, after base64 decoding or fetching. Default 20 MB.</summary>
    [Range(1, 1 << 30)]
    public int MaxEncodedBytes { get; set; } = 20_000_000;

    /// <summary>Most pixels (width times height) of an image, checked in its header before anything is decoded. Default 100 megapixels.</summary>
    [Range(1, 1_000_000_000)]
    public long MaxPixels { get; set; } = 100_000_000;

    /// <summary>Length in pixels of an image's shorter edge after the resize. Default 256.</summary>
    [Range(1, 4096)]
    public int ShortestEdge { get; set; } = 256;

    /// <summary>Edge in pixels of the square center crop; at most <see cref="ShortestEdge"/>. Default 224.</summary>
    [Range(1, 4096)]
    public int CropSize { get; set; } = 224;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CropSize > ShortestEdge)
        {
            yield return new ValidationResult(
                $"{nameof(CropSize)} ({CropSize}) must be at most {nameof(ShortestEdge)} ({ShortestEdge}).",
                [nameof(CropSize), nameof(ShortestEdge)]);
        }
    }
}
