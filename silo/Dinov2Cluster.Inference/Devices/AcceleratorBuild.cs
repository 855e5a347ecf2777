using System.Reflection;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>Which ONNX Runtime this build carries, from the build property <c>Accelerator</c>; never guessed from the machine.</summary>
internal static class AcceleratorBuild
{
    private static readonly string Accelerator = typeof(AcceleratorBuild).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(attribute => attribute.Key == "Accelerator").Value!;

    /// <summary>Says why this build can't use a device of <paramref name="kind"/>; null when it can.</summary>
    public static string? WhyUnsupported(DeviceKind kind) => kind is DeviceKind.Cuda or DeviceKind.TensorRt && Accelerator != "Cuda"
        ? $"{kind} devices need a build with -p:Accelerator=Cuda; this one was built with -p:Accelerator={Accelerator}"
        : null;
}
