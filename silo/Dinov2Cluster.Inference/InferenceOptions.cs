using Dinov2Cluster.Inference.Batching;
using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference;

/// <summary>Devices and batching of one silo: bind it to the configuration's root, it holds the sections <c>Devices</c> and <c>Batching</c>.</summary>
public sealed record InferenceOptions
{
    /// <summary>The silo's devices, as configured; see <see cref="ResolveDevices"/>.</summary>
    public IReadOnlyList<DeviceOptions> Devices { get; init; } = [];

    /// <summary>Batching, for each device on its own.</summary>
    public BatchingOptions Batching { get; init; } = new();

    /// <summary>The configured devices, or one CPU device when none is.</summary>
    public IReadOnlyList<DeviceOptions> ResolveDevices() => Devices.Count > 0 ? Devices : [new DeviceOptions()];
}
