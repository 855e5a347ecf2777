using System.Runtime.InteropServices;
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

/// <summary>libvips set up for a server: only the loaders in use, no threads of its own, no cache, nothing on standard error.</summary>
internal static partial class VipsLibrary
{
    private const Enums.LogLevelFlags Chatter = Enums.LogLevelFlags.Warning | Enums.LogLevelFlags.Message | Enums.LogLevelFlags.Info | Enums.LogLevelFlags.Debug;

    // malloc.h of glibc: https://man7.org/linux/man-pages/man3/mallopt.3.html
    private const int TrimThreshold = -1;
    private const int TopPad = -2;

    // Decoding a photograph takes this much. By default, all but 128 KB of it returns to the system after each image and is cleared page by page for the next.
    private const int KeptBytes = 32 << 20;
    private const int GrowthBytes = 1 << 20;

    // Native code keeps calling it, so it must outlive every image.
    private static readonly Log.LogDelegate _silence = static (_, _, _) => { };

    static VipsLibrary()
    {
        // Warnings quote the hostile file, one line per fault; errors are thrown as exceptions.
        Log.SetLogHandler("VIPS", Chatter, _silence);

        // Our own sniffer detects formats. With the other loaders blocked, a mistake there can reach no other parser.
        NetVips.NetVips.BlockUntrusted = true;
        Operation.Block("VipsForeignLoad", true);
        Operation.Block("VipsForeignLoadJpeg", false);
        Operation.Block("VipsForeignLoadPng", false);
        Operation.Block("VipsForeignLoadWebp", false);
        Operation.Block("VipsForeignLoadTiff", false);

        // The gateway limits how many images are decoded at once, and no image is decoded twice.
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
        KeepFreedMemory();
    }

    /// <summary>Runs the static constructor.</summary>
    public static void EnsureInitialized() => GC.KeepAlive(_silence);

    /// <summary>Computes an area of an image into memory of the native heap, on the calling thread. Zero on failure.</summary>
    [LibraryImport("libvips.so.42", EntryPoint = "vips_region_fetch")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial nint Fetch(Region region, int left, int top, int width, int height, out nuint length);

    private static void KeepFreedMemory()
    {
        try
        {
            _ = SetHeapOption(TrimThreshold, KeptBytes);
            _ = SetHeapOption(TopPad, GrowthBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library keeps memory in its own way.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetHeapOption(int option, int value);
}
