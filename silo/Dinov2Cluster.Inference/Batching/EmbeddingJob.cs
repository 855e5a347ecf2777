using System.Diagnostics;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// One caller's crops on their way to the device. It is its own task source, which saves an allocation per job. Fields that change are
/// <see cref="JobQueue"/>'s, under its lock, but for those with methods of their own.
/// </summary>
internal sealed class EmbeddingJob(ReadOnlyMemory<byte> crops, int count, Priority priority, Output output, Deadline deadline, CancellationToken cancellationToken)
    : TaskCompletionSource<EmbeddingResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const long NotStarted = long.MinValue;

    private long _startedAt = NotStarted;
    private float[]? _features;

    /// <summary>The caller's memory: empty once the task has completed, because the caller may then reuse it.</summary>
    public ReadOnlyMemory<byte> Crops { get; set; } = crops;

    public int Count => count;

    public Priority Priority => priority;

    /// <summary>Which features it wants; jobs that want others may share its batches.</summary>
    public Output Output => output;

    public Deadline Deadline => deadline;

    public CancellationToken CancellationToken => cancellationToken;

    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    /// <summary>The queue it was given to, for the cancellation callback.</summary>
    public JobQueue? Queue { get; set; }

    public CancellationTokenRegistration Registration { get; set; }

    public long EnqueuedAt { get; set; }

    /// <summary>Images that a batch has taken, from the front.</summary>
    public int Claimed { get; set; }

    /// <summary>Images that wait.</summary>
    public int Unclaimed => Count - Claimed;

    /// <summary>Images whose features are in the array of <see cref="Features"/>.</summary>
    public int Done { get; set; }

    /// <summary>Slices of it that device threads are reading from <see cref="Crops"/>: the task must not complete before they have stopped.</summary>
    public int Copying { get; set; }

    /// <summary>The caller cancelled during a copy.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>Another batch with images of this job failed during a copy.</summary>
    public InferenceErrorKind? FailRequested { get; set; }

    /// <summary>The outcome is decided.</summary>
    public bool Finished { get; set; }

    /// <summary>Its place in the queue, while it has unclaimed images.</summary>
    public LinkedListNode<EmbeddingJob>? Node { get; set; }

    /// <summary>Notes when the device began its first batch; false when it had begun before.</summary>
    public bool TryStart(long now) => Interlocked.CompareExchange(ref _startedAt, now, NotStarted) == NotStarted;

    /// <summary>When the device began its first batch.</summary>
    public long StartedAt => Volatile.Read(ref _startedAt);

    /// <summary>Where its features go, row by row. Two batches may fill rows of their own side by side.</summary>
    public float[] Features(int featuresPerImage)
    {
        if (Volatile.Read(ref _features) is { } existing)
        {
            return existing;
        }

        var created = GC.AllocateUninitializedArray<float>(checked(Count * featuresPerImage));
        return Interlocked.CompareExchange(ref _features, created, null) ?? created;
    }

    /// <summary>All rows, when they're all there.</summary>
    public float[] TakeFeatures() => _features!;
}
