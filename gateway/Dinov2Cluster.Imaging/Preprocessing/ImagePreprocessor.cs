using System.ComponentModel.DataAnnotations;
using Dinov2Cluster.Imaging.Decoding;

namespace Dinov2Cluster.Imaging.Preprocessing;

/// <summary>
/// Turns an encoded image into the crop that enters the model, with exactly the pixels of Pillow's
/// <c>Image.open(...).convert("RGB")</c>, <c>resize(..., BICUBIC)</c> and center crop: no EXIF rotation, no color
/// profile, alpha dropped, first frame only.
/// </summary>
/// <remarks>Thread-safe. The work is done on the calling thread; the caller limits how many calls run at once.</remarks>
public sealed class ImagePreprocessor
{
    private readonly CropResizer _resizer;
    private readonly int _maxEncodedBytes;
    private readonly long _maxPixels;

    /// <param name="options">Limits and sizes; read once.</param>
    /// <exception cref="ValidationException">The options are out of range.</exception>
    public ImagePreprocessor(ImagingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        _resizer = new CropResizer(options.ShortestEdge, options.CropSize);
        _maxEncodedBytes = options.MaxEncodedBytes;
        _maxPixels = options.MaxPixels;
        CropBytes = options.CropSize * options.CropSize * HorizontalPass.Channels;
    }

    /// <summary>Bytes of a crop: uint8, row-major [CropSize, CropSize, 3], RGB.</summary>
    public int CropBytes { get; }

    /// <summary>Decodes, resizes and crops one image.</summary>
    /// <param name="encoded">The image file.</param>
    /// <param name="crop">Filled with the pixels; <see cref="CropBytes"/> long. Undefined after an exception.</param>
    /// <param name="cancellationToken">Ends the work between rows.</param>
    /// <exception cref="ImageException">The image was refused.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public void Preprocess(ReadOnlyMemory<byte> encoded, Span<byte> crop, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(crop.Length, CropBytes);
        if (encoded.IsEmpty)
        {
            throw new ImageException(ImageErrorKind.Empty);
        }

        if (encoded.Length > _maxEncodedBytes)
        {
            throw new ImageException(ImageErrorKind.EncodedTooLarge);
        }

        using var pixels = ImageDecoder.Open(encoded, _maxPixels);
        _resizer.Resize(pixels, crop, cancellationToken);
    }
}
