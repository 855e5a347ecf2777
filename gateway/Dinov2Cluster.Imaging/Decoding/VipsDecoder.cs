using NetVips;

namespace Dinov2Cluster.Imaging.Decoding;

/// <summary>Opens JPEG, PNG, WebP and TIFF with libvips, which like Pillow applies no EXIF orientation and no color profile by default.</summary>
internal static class VipsDecoder
{
    public static VipsPixelReader Open(ReadOnlySpan<byte> encoded, ImageFormat format, long maxPixels)
    {
        VipsLibrary.EnsureInitialized();
        Image? image = null;
        try
        {
            // A TIFF's orientation is a tag of its own, not EXIF, and Pillow applies it.
            var options = format == ImageFormat.Tiff ? new VOption { { "autorotate", true } } : null;
            // Sequential access decodes rows on request; otherwise libvips would first decode to memory or a temporary file.
            // Truncated files fail, as in Pillow; "error" is the mildest level at which libvips refuses a truncated TIFF.
            image = Image.NewFromBuffer(encoded, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error, kwargs: options);
            // The loaders are called jpegload_buffer, pngload_buffer, webpload_buffer and tiffload_buffer.
            if (!((string)image.Get("vips-loader")).StartsWith(format.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                throw new ImageException(ImageErrorKind.UnsupportedFormat);
            }

            ImageDecoder.CheckSize(image.Width, image.Height, maxPixels);
            return new VipsPixelReader(image, LayoutOf(image));
        }
        catch (Exception exception)
        {
            image?.Dispose();
            if (exception is VipsException)
            {
                throw new ImageException(ImageErrorKind.Corrupt, exception);
            }

            throw;
        }
    }

    private static SampleLayout LayoutOf(Image image)
    {
        var bytesPerSample = image.Format switch
        {
            Enums.BandFormat.Uchar => 1,
            Enums.BandFormat.Ushort => 2,
            _ => throw new ImageException(ImageErrorKind.UnsupportedFormat),
        };
        var model = (image.Interpretation, image.Bands) switch
        {
            (Enums.Interpretation.Bw or Enums.Interpretation.Grey16 or Enums.Interpretation.Multiband, 1 or 2) => ColorModel.Gray,
            (Enums.Interpretation.Srgb or Enums.Interpretation.Rgb or Enums.Interpretation.Rgb16, >= 3) => ColorModel.Rgb,
            (Enums.Interpretation.Cmyk, >= 4) => ColorModel.Cmyk,
            _ => throw new ImageException(ImageErrorKind.UnsupportedFormat),
        };
        return new SampleLayout(model, image.Bands, bytesPerSample);
    }
}
