using System.Diagnostics;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// One caller's crops on their way to the device. It is its own task source, which saves an allocation per job. Fields that change are
/// <see cref="JobQueue"/>'s, under its lock; <see cref="Features"/> and <see cref="StartedAt"/> are the device thread's.
/// </summary>
internal sealed class EmbeddingJob(ReadOnlyMemory<byte> crops, int count, Deadline deadline, CancellationToken cancellationToken)
    : TaskCompletionSource<EmbeddingResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The caller's memory: empty once the task has completed, because the caller may then reuse it.</summary>
    public ReadOnlyMemory<byte> Crops { get; set; } = crops;

    public int Count => count;

    public Deadline Deadline => deadline;

    public CancellationToken CancellationToken => cancellationToken;

    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    /// <summary>The queue it was given to, for the cancellation callback.</summary>
    public JobQueue? Queue { get; set; }

    public CancellationTokenRegistration Registration { get; set; }

    public long EnqueuedAt { get; set; }

    /// <summary>When the device began its first batch; null until then.</summary>
    public long? StartedAt { get; set; }

    /// <summary>Images that a batch has taken, from the front.</summary>
    public int Claimed { get; set; }

    /// <summary>Images whose features are in <see cref="Features"/>.</summary>
    public int Done { get; set; }

    /// <summary>The device thread is reading <see cref="Crops"/>: the task must not complete before it has stopped.</summary>
    public bool Copying { get; set; }

    /// <summary>The caller cancelled during a copy.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>The outcome is decided.</summary>
    public bool Finished { get; set; }

    public float[]? Features { get; set; }

    /// <summary>Its place in the queue, while it has unclaimed images.</summary>
    public LinkedListNode<EmbeddingJob>? Node { get; set; }
}
