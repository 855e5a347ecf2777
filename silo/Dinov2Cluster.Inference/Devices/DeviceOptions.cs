using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Inference.Devices;

/// <summary>One device of a silo: an entry of the <c>Devices</c> list.</summary>
public sealed record DeviceOptions
{
    /// <summary>What it computes with.</summary>
    [EnumDataType(typeof(DeviceKind))]
    public DeviceKind Kind { get; init; } = DeviceKind.Cpu;

    /// <summary>Number within its kind, from 0; for GPUs the CUDA device ordinal.</summary>
    [Range(0, 1023)]
    public int Index { get; init; }

    /// <summary>CPU threads that compute one operator together, dedicated to this device. 0 takes every core that the process may use.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>
    /// Lets idle compute threads spin while they wait for the next operator. Off by default: spinning threads take cores from everything else
    /// on the machine, such as image decoding in a co-hosted gateway. On two busy cores ViT-S/14 took 150 ms of CPU per image with spinning and 85
    /// without, at less than half the throughput. Turn it on for a silo that has its cores to itself.
    /// </summary>
    public bool AllowSpinning { get; init; }

    /// <summary>How a <see cref="DeviceKind.Simulated"/> device behaves; other kinds ignore it.</summary>
    public SimulatedDeviceOptions Simulated { get; init; } = new();

    /// <summary>The device's name within its silo.</summary>
    public DeviceId Id => new(Kind, Index);
}

/// <summary>A simulated device: a batch of n images takes <see cref="BaseLatency"/> + n * <see cref="LatencyPerImage"/>.</summary>
public sealed record SimulatedDeviceOptions
{
    /// <summary>Latency of every batch, whatever its size.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan BaseLatency { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Latency that each image adds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LatencyPerImage { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Batches in flight. With 2, as on a GPU, the base latency of one batch overlaps the other; images are computed one batch after the other.</summary>
    [Range(1, 2)]
    public int Lanes { get; init; } = 1;

    /// <summary>Features per image, unless the model has a manifest.</summary>
    [Range(1, 65536)]
    public int EmbeddingSize { get; init; } = 384;

    /// <summary>Side of the square crop in pixels, unless the model has a manifest.</summary>
    [Range(1, 4096)]
    public int ImageSize { get; init; } = 224;
}
