using System.Globalization;
using System.Reflection;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>
/// What a device needs of this build and this machine. Without the check, ONNX Runtime's CUDA provider fails late, and deep in a library: an unsupported GPU only
/// with its first kernel, in a text that doesn't say what to do.
/// </summary>
internal static class CudaRequirements
{
    /// <summary>CUDA 13.0, as <c>cuDriverGetVersion</c> reports it: 1000 * major + 10 * minor.</summary>
    private const int LeastDriverVersion = 13000;

    private const string LeastDriver = "NVIDIA driver 580 or later (CUDA 13.0)";

    // CUDA_ERROR_NO_DEVICE of cuda.h.
    private const int NoDevice = 100;

    // The provider of ONNX Runtime 1.31 has machine code for these, and no PTX that a driver could compile for another GPU, such as 10.0 (B200).
    private static readonly (int Major, int Minor)[] _capabilities = [(7, 5), (8, 0), (8, 6), (8, 9), (9, 0), (12, 0)];

    // The ONNX Runtime of this build, from the build property Accelerator; never guessed from the machine.
    private static readonly string _accelerator = typeof(CudaRequirements).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "Accelerator").Value!;

    /// <summary>Why the device can't be used here, and what to do, in one line; null when it can.</summary>
    public static string? WhyUnusable(this DeviceOptions device) => device.Kind switch
    {
        not DeviceKind.Cuda => null,
        _ when _accelerator != "Cuda" =>
            $"{device.Kind} devices need a build with -p:Accelerator=Cuda; this one was built with -p:Accelerator={_accelerator}",
        _ => WhyUnmet(CudaMachine.Inspect(device.Index), device.Index),
    };

    /// <summary>What the machine lacks for a GPU.</summary>
    internal static string? WhyUnmet(CudaMachine machine, int index) => machine switch
    {
        { HasDriver: false } =>
            $"{CudaMachine.DriverLibrary} can't be loaded. The machine needs an {LeastDriver}, and a container needs access to the GPU (nvidia.com/gpu in Kubernetes, --gpus in Docker)",
        { DriverVersion: < LeastDriverVersion } =>
            $"the driver supports CUDA {machine.DriverVersion / 1000}.{machine.DriverVersion % 1000 / 10} only. Install an {LeastDriver}",
        { InitResult: NoDevice } or { InitResult: 0, Devices: 0 } =>
            "the driver sees no GPU. Give the container one (nvidia.com/gpu in Kubernetes, --gpus in Docker), and check CUDA_VISIBLE_DEVICES",
        { InitResult: not 0 } =>
            $"the driver can't be initialized (cuInit: CUDA error {machine.InitResult}). See whether nvidia-smi works here",
        _ when index >= machine.Devices =>
            $"there are {machine.Devices} GPUs, numbered from 0. Set the device's Index to one of them",
        _ when !_capabilities.Contains(machine.Capability) =>
            $"ONNX Runtime has no code for {machine.Name}, whose compute capability is {Text(machine.Capability)}. Use a GPU of {string.Join(", ", _capabilities.Select(Text))}",
        { MissingLibraries.Count: > 0 } =>
            $"{string.Join(", ", machine.MissingLibraries)} can't be loaded. Install CUDA 13 and cuDNN 9, or set LD_LIBRARY_PATH to their folders",
        _ => null,
    };

    private static string Text((int Major, int Minor) capability) => string.Create(CultureInfo.InvariantCulture, $"{capability.Major}.{capability.Minor}");
}
