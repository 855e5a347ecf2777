namespace Dinov2Cluster.Inference.Batching;

/// <summary>Detects that a device is lost: its driver has given up on it, and nothing will ever succeed on it in this process.</summary>
internal sealed class LossDetector(Action<Exception> lost)
{
    /// <summary>
    /// Batches in a row of which every image failed, in the batch and once more alone. Every crop of the right size can be computed, so the images are not to
    /// blame. One failure may be passing, such as memory that another process took; after a lost CUDA context every call fails.
    /// </summary>
    public const int FailedBatches = 3;

    private int _failed;

    /// <summary>An image was computed.</summary>
    public void BatchSucceeded() => Volatile.Write(ref _failed, 0);

    /// <summary>All images of a batch failed.</summary>
    public void BatchFailed(Exception last)
    {
        if (Interlocked.Increment(ref _failed) == FailedBatches)
        {
            lost(last);
        }
    }
}
