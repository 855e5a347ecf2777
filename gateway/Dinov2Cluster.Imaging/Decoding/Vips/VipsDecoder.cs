using NetVips;

namespace Dinov2Cluster.Imaging.Decoding.Vips;

/// <summary>Opens JPEG, PNG, WebP and TIFF with libvips. It applies no EXIF orientation and no colour profile unless asked, which is what Pillow does.</summary>
internal static class VipsDecoder
{
    public static VipsPixelReader Open(ReadOnlySpan<byte> encoded, ImageFormat format, long maxPixels)
    {
        VipsLibrary.EnsureInitialized();
        Image? image = null;
        try
        {
            // Sequential access decodes rows as they are asked for; otherwise libvips would decode to memory or a temporary file first.
            // Truncated files fail, as in Pillow; "error" is the mildest level at which libvips refuses a truncated TIFF.
            image = Image.NewFromBuffer(encoded, access: Enums.Access.Sequential, failOn: Enums.FailOn.Error, kwargs: OptionsOf(format));
            if (!((string)image.Get("vips-loader")).StartsWith(LoaderOf(format), StringComparison.Ordinal))
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

    private static string LoaderOf(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "jpegload",
        ImageFormat.Png => "pngload",
        ImageFormat.WebP => "webpload",
        ImageFormat.Tiff => "tiffload",
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    // A TIFF's orientation is a tag of its own, not EXIF, and Pillow applies it.
    private static VOption? OptionsOf(ImageFormat format) => format == ImageFormat.Tiff ? new VOption { { "autorotate", true } } : null;

    private static PixelLayout LayoutOf(Image image)
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
        return new PixelLayout(model, image.Bands, bytesPerSample);
    }
}
