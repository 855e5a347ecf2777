using System.Globalization;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>Names one device of one silo, in grain keys, logs and metrics.</summary>
/// <param name="Kind">What it computes with.</param>
/// <param name="Index">Which one of its kind, from 0; for GPUs the CUDA device ordinal.</param>
public readonly record struct DeviceId(DeviceKind Kind, int Index)
{
    /// <summary>The name: <c>cpu:0</c>, <c>cuda:1</c>, <c>tensorrt:0</c>, <c>simulated:0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{KindName}:{Index}");

    private string KindName => Kind switch
    {
        DeviceKind.Cpu => "cpu",
        DeviceKind.Cuda => "cuda",
        DeviceKind.TensorRt => "tensorrt",
        DeviceKind.Simulated => "simulated",
        _ => "unknown",
    };
}
