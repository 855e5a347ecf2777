using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>The <c>Batching</c> section: how each device forms its batches.</summary>
public sealed record BatchingOptions
{
    /// <summary>Images in one batch at most; a model exported with a fixed batch size lowers it.</summary>
    [Range(1, 1024)]
    public int MaxBatchSize { get; init; } = 32;

    /// <summary>
    /// How long a batch that isn't full waits for more images, from its oldest image's arrival. Zero, the default, never waits: batches grow while
    /// the device is busy, and an idle device starts at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan MaxQueueDelay { get; init; }

    /// <summary>Images that may wait at most; a job that would go over it is refused at once.</summary>
    [Range(1, 1 << 20)]
    public int MaxQueueLength { get; init; } = 1024;
}
