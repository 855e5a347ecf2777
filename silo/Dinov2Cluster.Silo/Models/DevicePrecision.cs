using Dinov2Cluster.Inference.Devices;
using Dinov2Cluster.Model;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Silo.Models;

/// <summary>Which precision suits which kind of device; docs/decisions/gpu-precision.md has the reasons.</summary>
internal static class DevicePrecision
{
    /// <summary>What a checkpoint is compiled to for a device, unless <c>Models:Precision</c> says otherwise.</summary>
    public static Precision DefaultOf(DeviceKind device) => device == DeviceKind.Cuda ? Precision.Fp16 : Precision.Fp32;

    /// <summary>How well a device computes a precision.</summary>
    public static PrecisionFit FitOf(DeviceKind device, Precision precision) => (device, precision) switch
    {
        (DeviceKind.Cuda, Precision.Int8) => PrecisionFit.Refused,
        (DeviceKind.Cuda, Precision.Fp32) => PrecisionFit.Slow,
        _ => PrecisionFit.Good,
    };

    /// <summary>Refuses a precision that the device has no kernels for.</summary>
    /// <exception cref="ModelException">The device would leave most of the model to the CPU.</exception>
    public static void RequireKernels(string model, DeviceId device, Precision precision)
    {
        if (FitOf(device.Kind, precision) == PrecisionFit.Refused)
        {
            var name = precision.ToString().ToLowerInvariant();
            throw new ModelException(
                $"model {model} is {name}, but ONNX Runtime has no CUDA kernels for the operators of {name} models: on {device} they would fall back to the CPU. "
                + "Compile it with --precision fp16; for a checkpoint, leave Models:Precision out");
        }
    }
}

/// <summary>How well a device computes a precision.</summary>
internal enum PrecisionFit
{
    /// <summary>As fast as it should be.</summary>
    Good,

    /// <summary>Right, but much slower than another precision.</summary>
    Slow,

    /// <summary>Not served.</summary>
    Refused,
}
