using System.Runtime.InteropServices;
using NetVips;

namespace Dinov2Cluster.Imaging.Decoding.Vips;

/// <summary>libvips as a server wants it: only the loaders that are used, no threads of its own, no cache, no words on standard error.</summary>
internal static partial class VipsLibrary
{
    private const Enums.LogLevelFlags Chatter = Enums.LogLevelFlags.Warning | Enums.LogLevelFlags.Message | Enums.LogLevelFlags.Info | Enums.LogLevelFlags.Debug;

    // Native code keeps calling it, so it must outlive every image.
    private static readonly Log.LogDelegate Silence = static (_, _, _) => { };

    static VipsLibrary()
    {
        // Warnings quote the hostile file, one line per fault; errors come back as exceptions.
        Log.SetLogHandler("VIPS", Chatter, Silence);

        // Formats are told by our own sniffer. Blocking the rest means that a mistake there can reach no other parser.
        NetVips.NetVips.BlockUntrusted = true;
        Operation.Block("VipsForeignLoad", true);
        Operation.Block("VipsForeignLoadJpeg", false);
        Operation.Block("VipsForeignLoadPng", false);
        Operation.Block("VipsForeignLoadWebp", false);
        Operation.Block("VipsForeignLoadTiff", false);

        // The gateway bounds how many images are decoded at once, and no image is decoded twice.
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;
        NativeHeap.KeepFreed();
    }

    /// <summary>Runs the static constructor.</summary>
    public static void EnsureInitialized() => GC.KeepAlive(Silence);

    /// <summary>Computes an area of an image into memory of the native heap, on the calling thread. Zero on failure.</summary>
    [LibraryImport("libvips.so.42", EntryPoint = "vips_region_fetch")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial nint Fetch(Region region, int left, int top, int width, int height, out nuint length);
}
