using System.Runtime.InteropServices;
using System.Text;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>What the NVIDIA driver and the dynamic linker report about a GPU. After something that is missing, the rest is not asked for.</summary>
internal sealed record CudaMachine
{
    /// <summary>The driver's library.</summary>
    public const string DriverLibrary = "libcuda.so.1";

    // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of cuda.h.
    private const int CapabilityMajor = 75;
    private const int CapabilityMinor = 76;

    private const int NameBytes = 256;

    // What libonnxruntime_providers_cuda.so of 1.31 is linked with (readelf -d), and cuDNN, which it loads itself: its attention asks for a cuDNN handle even
    // when it computes without. cuDNN loads libraries of its own still later.
    private static readonly string[] _libraries = ["libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10", "libcudnn.so.9"];

    /// <summary>Whether the driver's library can be loaded.</summary>
    public bool HasDriver { get; init; }

    /// <summary>The latest CUDA that the driver supports: 1000 * major + 10 * minor.</summary>
    public int DriverVersion { get; init; }

    /// <summary>The result of <c>cuInit</c>; 0 is success.</summary>
    public int InitResult { get; init; }

    /// <summary>GPUs that this process may use.</summary>
    public int Devices { get; init; }

    /// <summary>The product's name of the GPU.</summary>
    public string Name { get; init; } = "";

    /// <summary>The GPU's compute capability.</summary>
    public (int Major, int Minor) Capability { get; init; }

    /// <summary>Libraries of CUDA and cuDNN that can't be loaded.</summary>
    public IReadOnlyList<string> MissingLibraries { get; init; } = [];

    /// <summary>Asks the driver and the linker.</summary>
    public static unsafe CudaMachine Inspect(int index)
    {
        if (!NativeLibrary.TryLoad(DriverLibrary, out var driver))
        {
            return new CudaMachine();
        }

        int version, devices, device, major, minor;
        var result = ((delegate* unmanaged<int*, int>)Function("cuDriverGetVersion"))(&version);
        result = result == 0 ? ((delegate* unmanaged<uint, int>)Function("cuInit"))(0) : result;
        var machine = new CudaMachine { HasDriver = true, DriverVersion = version, InitResult = result };
        if (result != 0 || ((delegate* unmanaged<int*, int>)Function("cuDeviceGetCount"))(&devices) != 0)
        {
            return machine;
        }

        machine = machine with { Devices = devices };
        if (((delegate* unmanaged<int*, int, int>)Function("cuDeviceGet"))(&device, index) != 0)
        {
            return machine;
        }

        var name = stackalloc byte[NameBytes];
        var attribute = (delegate* unmanaged<int*, int, int, int>)Function("cuDeviceGetAttribute");
        _ = ((delegate* unmanaged<byte*, int, int, int>)Function("cuDeviceGetName"))(name, NameBytes, device);
        _ = attribute(&major, CapabilityMajor, device);
        _ = attribute(&minor, CapabilityMinor, device);
        return machine with
        {
            Name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)),
            Capability = (major, minor),
            // They stay loaded: the provider needs them anyway.
            MissingLibraries = [.. _libraries.Where(library => !NativeLibrary.TryLoad(library, typeof(CudaMachine).Assembly, searchPath: null, out _))],
        };

        nint Function(string name) => NativeLibrary.GetExport(driver, name);
    }
}
