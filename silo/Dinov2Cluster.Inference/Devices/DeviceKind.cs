using System.Globalization;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>What a device computes with.</summary>
public enum DeviceKind
{
    /// <summary>ONNX Runtime's CPU provider.</summary>
    Cpu,

    /// <summary>ONNX Runtime's CUDA provider; needs a build with <c>Accelerator=Cuda</c>.</summary>
    Cuda,

    /// <summary>No model: a configured latency curve and features made from the crop's bytes. For tests of everything around the model.</summary>
    Simulated,
}

/// <summary>Names one device of one silo, in grain keys, logs and metrics.</summary>
/// <param name="Kind">What it computes with.</param>
/// <param name="Index">Number within its kind, from 0; for GPUs the CUDA device ordinal.</param>
public readonly record struct DeviceId(DeviceKind Kind, int Index)
{
    /// <summary>The name: <c>cpu:0</c>, <c>cuda:1</c>, <c>simulated:0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind.ToString().ToLowerInvariant()}:{Index}");
}
