using System.Runtime.InteropServices;

namespace Dinov2Cluster.Imaging.Decoding.Vips;

/// <summary>The C library's heap, on which libvips decodes.</summary>
internal static partial class NativeHeap
{
    // malloc.h of glibc: https://man7.org/linux/man-pages/man3/mallopt.3.html
    private const int TrimThreshold = -1;
    private const int TopPad = -2;

    // What decoding a photograph takes; by default, all but 128 KB of it goes back to the system after each image, and is cleared page by page for the next.
    private const int KeptBytes = 32 << 20;
    private const int GrowthBytes = 1 << 20;

    /// <summary>Keeps freed memory for the next image.</summary>
    public static void KeepFreed()
    {
        try
        {
            _ = SetOption(TrimThreshold, KeptBytes);
            _ = SetOption(TopPad, GrowthBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library keeps memory in its own way.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetOption(int option, int value);
}
