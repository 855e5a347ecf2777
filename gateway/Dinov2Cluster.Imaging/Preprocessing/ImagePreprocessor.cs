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

/// <summary>
/// Resizes an image to its shorter edge and cuts the center out, row by row while it is decoded. Only what the crop needs is computed,
/// and only the crop-wide rows between the two passes are held, so a large image needs no large buffer here.
/// </summary>
internal sealed class CropResizer(int shortestEdge, int cropSize)
{
    // Limits how much of an extreme image is decoded after its request was canceled.
    private const int RowsPerCancellationCheck = 64;

    /// <param name="pixels">The image.</param>
    /// <param name="crop">uint8, row-major [cropSize, cropSize, 3], RGB.</param>
    /// <param name="cancellationToken">Ends the work between rows.</param>
    public void Resize(PixelReader pixels, Span<byte> crop, CancellationToken cancellationToken)
    {
        var geometry = CropGeometry.Create(pixels.Width, pixels.Height, shortestEdge, cropSize);
        using var columns = ResampleAxis.Create(pixels.Width, geometry.Width, geometry.Left, cropSize);
        using var columnWeights = SplitWeights.TryCreate(columns);
        using var rows = ResampleAxis.Create(pixels.Height, geometry.Height, geometry.Top, cropSize);

        var stride = HorizontalPass.OutputLength(columns);
        using var row = PooledBuffer.Rent(HorizontalPass.RowLength(columns));
        using var between = PooledBuffer.Rent(checked(rows.Count * stride));
        var rowBytes = row.Writable.Span;
        var betweenBytes = between.Writable.Span;
        for (var y = 0; y < rows.Count; y++)
        {
            if (y % RowsPerCancellationCheck == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            pixels.ReadRow(rows.First + y, columns.First, rowBytes[..(columns.Count * HorizontalPass.Channels)]);
            HorizontalPass.Apply(columns, columnWeights, rowBytes, betweenBytes.Slice(y * stride, stride));
        }

        pixels.Finish();
        VerticalPass.Apply(rows, betweenBytes, stride, crop);
    }
}

/// <summary>The place of the center crop in the resized image, which itself is never made.</summary>
/// <param name="Width">Width of the resized image in pixels.</param>
/// <param name="Height">Height of the resized image in pixels.</param>
/// <param name="Left">First column of the crop.</param>
/// <param name="Top">First row of the crop.</param>
internal readonly record struct CropGeometry(long Width, long Height, long Left, long Top)
{
    /// <summary>
    /// The checkpoints' <c>preprocessor_config.json</c>: the shorter edge becomes <paramref name="shortestEdge"/>, the longer
    /// <c>int(shortestEdge * long / short)</c>, and the crop is centered, rounding down. 64 bits, because a thin image's long edge does not fit 32.
    /// </summary>
    public static CropGeometry Create(int width, int height, int shortestEdge, int cropSize)
    {
        var longer = (long)((double)((long)shortestEdge * Math.Max(width, height)) / Math.Min(width, height));
        var (newWidth, newHeight) = width <= height ? ((long)shortestEdge, longer) : (longer, shortestEdge);
        return new CropGeometry(newWidth, newHeight, (newWidth - cropSize) / 2, (newHeight - cropSize) / 2);
    }
}
