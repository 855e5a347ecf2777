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

/// <summary>A moment after which the answer is not wanted. A monotonic timestamp of one process, so that setting the clock never moves it.</summary>
public readonly record struct Deadline
{
    // A default value must never expire, so the field holds the distance to the last timestamp.
    private readonly long _beforeEndOfTime;

    private Deadline(long timestamp) => _beforeEndOfTime = long.MaxValue - timestamp;

    /// <summary>No deadline.</summary>
    public static Deadline None => default;

    /// <summary>The deadline that passes after <paramref name="timeout"/>; with zero or less it has already passed.</summary>
    public static Deadline After(TimeProvider time, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(time);

        var now = time.GetTimestamp();
        var ticks = Math.Max(timeout.TotalSeconds, 0) * time.TimestampFrequency;
        return ticks >= long.MaxValue - now ? None : new Deadline(now + (long)ticks);
    }

    /// <summary>The deadline that passes first.</summary>
    public static Deadline Earlier(Deadline first, Deadline second) => first._beforeEndOfTime > second._beforeEndOfTime ? first : second;

    /// <summary>How long until it passes; negative afterwards.</summary>
    /// <param name="time">The clock that the deadline was made with.</param>
    /// <param name="timestamp">Now.</param>
    internal TimeSpan Left(TimeProvider time, long timestamp) =>
        _beforeEndOfTime > 0 ? time.GetElapsedTime(timestamp, long.MaxValue - _beforeEndOfTime) : TimeSpan.MaxValue;

    /// <summary>True from the deadline on.</summary>
    /// <param name="timestamp">Now, from the same clock.</param>
    public bool HasPassed(long timestamp) => _beforeEndOfTime > 0 && timestamp >= long.MaxValue - _beforeEndOfTime;
}
