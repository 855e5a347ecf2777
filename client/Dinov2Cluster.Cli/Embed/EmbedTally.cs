namespace Dinov2Cluster.Cli.Embed;

/// <summary>Counts the images of a run. Thread-safe.</summary>
internal sealed class EmbedTally
{
    private long _embedded;
    private long _skipped;
    private long _failed;
    private long _total = -1;

    /// <summary>Images whose features were written in this run.</summary>
    public long Embedded => Interlocked.Read(ref _embedded);

    /// <summary>Images that the file already had.</summary>
    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Images without features.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    public long Seen => Embedded + Skipped + Failed;

    /// <summary>All images of the run; null while their number is unknown.</summary>
    public long? Total
    {
        get => Interlocked.Read(ref _total) is >= 0 and var total ? total : null;
        set => Interlocked.Exchange(ref _total, value ?? -1);
    }

    public void AddEmbedded() => Interlocked.Increment(ref _embedded);

    public void AddSkipped() => Interlocked.Increment(ref _skipped);

    public void AddFailed() => Interlocked.Increment(ref _failed);
}
