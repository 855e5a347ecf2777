using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>One device of a silo: an entry of the <c>Devices</c> list.</summary>
public sealed record DeviceOptions
{
    /// <summary>What it computes with.</summary>
    [EnumDataType(typeof(DeviceKind))]
    public DeviceKind Kind { get; init; } = DeviceKind.Cpu;

    /// <summary>Which one of its kind, from 0; for GPUs the CUDA device ordinal.</summary>
    [Range(0, 1023)]
    public int Index { get; init; }

    /// <summary>CPU threads that compute one operator together, dedicated to this device. 0 takes every core the process may use.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>
    /// Lets idle compute threads spin while they wait for the next operator. Off by default: spinning threads take their cores from whatever
    /// shares the machine, such as decoding in a co-hosted gateway. On two busy cores ViT-S/14 took 150 ms of CPU per image with spinning and 85
    /// without, at less than half the throughput. Turn it on for a silo that has its cores to itself.
    /// </summary>
    public bool AllowSpinning { get; init; }

    /// <summary>How a <see cref="DeviceKind.Simulated"/> device behaves; other kinds ignore it.</summary>
    public SimulatedDeviceOptions Simulated { get; init; } = new();

    /// <summary>The device's name within its silo.</summary>
    public DeviceId Id => new(Kind, Index);
}
