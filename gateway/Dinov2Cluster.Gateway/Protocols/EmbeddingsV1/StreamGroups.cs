using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>
/// Forms groups by back-pressure: a limited number is in work at a time, and the images that gather meanwhile form the next groups. No image waits for
/// others while there is room.
/// </summary>
/// <param name="parallelism">Groups in work at the same time.</param>
/// <param name="run">Embeds a group, whose images are in the order of arrival. Must not throw.</param>
internal sealed class StreamGroups(int parallelism, Func<List<StreamImage>, Task> run)
{
    private readonly Lock _lock = new();
    private readonly Queue<StreamImage> _waiting = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _completed;

    /// <summary>Adds images that arrived together, and clears the list.</summary>
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
    /// <returns>Completes when the last group is done.</returns>
    public Task CompleteAsync()
    {
        lock (_lock)
        {
            _completed = true;
            Start();
        }

        return _done.Task;
    }

    // Callers hold the lock.
    private void Start()
    {
        while (_running < parallelism && _waiting.Count > 0)
        {
            var group = new List<StreamImage>(Math.Min(CropGroup.MaxCount, _waiting.Count));
            while (group.Count < CropGroup.MaxCount && _waiting.TryDequeue(out var image))
            {
                group.Add(image);
            }

            _running++;
            // On another thread: it begins with decoding.
            _ = Task.Run(() => RunAsync(group));
        }

        if (_completed && _running == 0)
        {
            _done.TrySetResult();
        }
    }

    private async Task RunAsync(List<StreamImage> group)
    {
        try
        {
            await run(group);
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
