using System.Diagnostics;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Inference.Batching;

/// <summary>
/// One caller's crops on their way to the device. It is its own task source, which saves an allocation per job. Only <see cref="JobQueue"/> changes
/// the properties, under its lock; the methods need none.
/// </summary>
internal sealed class EmbeddingJob(ReadOnlyMemory<byte> crops, int count, Priority priority, Output output, Deadline deadline, CancellationToken cancellationToken)
    : TaskCompletionSource<EmbedReply>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const long NotStarted = long.MinValue;

    private long _startedAt = NotStarted;
    private float[]? _features;

    /// <summary>The caller's memory; empty once the task has completed, because the caller may then reuse it.</summary>
    public ReadOnlyMemory<byte> Crops { get; set; } = crops;

    public int Count => count;

    public Priority Priority => priority;

    /// <summary>The features that it wants; jobs with other outputs may share its batches.</summary>
    public Output Output => output;

    public Deadline Deadline => deadline;

    public CancellationToken CancellationToken => cancellationToken;

    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    /// <summary>The queue that it is in, for the cancellation callback.</summary>
    public JobQueue? Queue { get; set; }

    public CancellationTokenRegistration Registration { get; set; }

    public long EnqueuedAt { get; set; }

    /// <summary>Images that a batch has taken, from the front.</summary>
    public int Claimed { get; set; }

    /// <summary>Images that wait.</summary>
    public int Unclaimed => Count - Claimed;

    /// <summary>Images whose features are in the array of <see cref="Features"/>.</summary>
    public int Done { get; set; }

    /// <summary>Slices that device threads are reading from <see cref="Crops"/>: the task must not complete before they have stopped.</summary>
    public int Copying { get; set; }

    /// <summary>The caller canceled during a copy.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>Another batch with images of this job failed during a copy.</summary>
    public EmbedStatus? FailRequested { get; set; }

    /// <summary>The outcome is decided.</summary>
    public bool Finished { get; set; }

    /// <summary>Its place in the queue while it has unclaimed images.</summary>
    public LinkedListNode<EmbeddingJob>? Node { get; set; }

    /// <summary>Notes when the device began its first batch; false when it began earlier.</summary>
    public bool TryStart(long now) => Interlocked.CompareExchange(ref _startedAt, now, NotStarted) == NotStarted;

    /// <summary>When the device began its first batch.</summary>
    public long StartedAt => Volatile.Read(ref _startedAt);

    /// <summary>Where its features go, row by row. Two batches may fill different rows at the same time.</summary>
    public float[] Features(int featuresPerImage)
    {
        if (Volatile.Read(ref _features) is { } existing)
        {
            return existing;
        }

        var created = GC.AllocateUninitializedArray<float>(checked(Count * featuresPerImage));
        return Interlocked.CompareExchange(ref _features, created, null) ?? created;
    }

    /// <summary>All rows, when all are complete.</summary>
    public float[] TakeFeatures() => _features!;
}

/// <summary>Images <paramref name="First"/> to <paramref name="First"/> + <paramref name="Count"/> - 1 of a job, taken by one batch.</summary>
internal readonly record struct JobSlice(EmbeddingJob Job, int First, int Count);
