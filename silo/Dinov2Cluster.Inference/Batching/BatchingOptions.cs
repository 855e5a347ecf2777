using System.ComponentModel.DataAnnotations;
using Dinov2Cluster.Inference.Devices;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>The <c>Batching</c> section: how each device forms its batches.</summary>
public sealed record BatchingOptions
{
    /// <summary>
    /// Most images in a batch; null for 128 on a GPU and 32 elsewhere. The real size is measured: as large as still brings more images per second, on a CPU
    /// often 1 or 2.
    /// </summary>
    [Range(1, 1024)]
    public int? MaxBatchSize { get; init; }

    /// <summary>
    /// How long a batch that is smaller than the best one waits for more images, from the arrival of its oldest image. Zero, the default, never waits:
    /// batches grow while the device is busy, and an idle device starts immediately.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Most images that may wait; a job that would exceed it is refused immediately.</summary>
    [Range(1, 1 << 20)]
    public int MaxQueueLength { get; init; } = 1024;

    /// <summary>Most images in a batch of a device. A small model fills an H100 only with more than 32.</summary>
    internal int MaxBatchSizeOf(DeviceKind device) => MaxBatchSize ?? (device == DeviceKind.Cuda ? 128 : 32);
}
