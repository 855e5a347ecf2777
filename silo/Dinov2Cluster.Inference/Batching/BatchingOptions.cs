using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>The <c>Batching</c> section: how each device forms its batches.</summary>
public sealed record BatchingOptions
{
    /// <summary>Bound of a batch, in images. How large batches really are is measured: as large as brings more images per second, on a CPU often 1 or 2.</summary>
    [Range(1, 1024)]
    public int MaxBatchSize { get; init; } = 32;

    /// <summary>
    /// How long a batch that is smaller than the best one waits for more images, from its oldest image's arrival. Zero, the default, never waits: batches grow while
    /// the device is busy, and an idle device starts at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Images that may wait at most; a job that would go over it is refused at once.</summary>
    [Range(1, 1 << 20)]
    public int MaxQueueLength { get; init; } = 1024;
}
