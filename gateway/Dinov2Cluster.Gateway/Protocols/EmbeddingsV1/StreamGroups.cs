using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// Forms batches by back-pressure: so many are in work at a time, and the images that gather meanwhile travel together in the next ones. None waits for
/// others while there is room.
/// </summary>
/// <param name="parallelism">Batches in work at the same time.</param>
/// <param name="run">Embeds a batch, in the order in which its images came. Must not throw.</param>
internal sealed class StreamGroups(int parallelism, Func<List<StreamImage>, Task> run)
{
    private readonly Lock _lock = new();
    private readonly Queue<StreamImage> _waiting = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _completed;

    /// <summary>Adds images that are there at the same time, and clears the list.</summary>
    public void Add(List<StreamImage> images)
    {
        lock (_lock)
        {
            images.ForEach(_waiting.Enqueue);
            images.Clear();
            Start();
        }
    }

    /// <summary>No further image comes.</summary>
    /// <returns>Completes when the last batch is done.</returns>
    public Task CompleteAsync()
    {
        lock (_lock)
        {
            _completed = true;
            Start();
        }

        return _done.Task;
    }

    // In the lock.
    private void Start()
    {
        while (_running < parallelism && _waiting.Count > 0)
        {
            var batch = new List<StreamImage>(Math.Min(CropBatch.MaxCount, _waiting.Count));
            while (batch.Count < CropBatch.MaxCount && _waiting.TryDequeue(out var image))
            {
                batch.Add(image);
            }

            _running++;
            // Not here: it begins with a decoder's work.
            _ = Task.Run(() => RunAsync(batch));
        }

        if (_completed && _running == 0)
        {
            _done.TrySetResult();
        }
    }

    private async Task RunAsync(List<StreamImage> batch)
    {
        try
        {
            await run(batch);
        }
        finally
        {
            // Whatever happened, the stream must come to its end.
            lock (_lock)
            {
                _running--;
                Start();
            }
        }
    }
}
