using System.Collections.Concurrent;

namespace Dinov2Cluster.Inference.Sessions;

/// <summary>
/// A lane and its thread, which does everything with it: CUDA's libraries keep kernels, plans and handles by thread, so the thread that serves must be the
/// one that warmed up. A thread of its own, since a run blocks while the device computes, and the calling thread is a CPU's first compute thread.
/// </summary>
internal sealed class LaneThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private IModelLane? _lane;

    /// <summary>Starts the thread; it waits for work.</summary>
    public LaneThread(string name) => new Thread(Work) { IsBackground = true, Name = name }.Start();

    /// <summary>The lane's buffers, once <see cref="Allocate"/> has made them.</summary>
    public IModelLane Lane => _lane ?? throw new InvalidOperationException("The lane has no buffers yet.");

    /// <summary>Makes the lane's buffers.</summary>
    public void Allocate(IModelSession session, int maxBatchSize) => _lane = session.CreateLane(maxBatchSize);

    /// <summary>Runs a function on the thread, after what it has to do already.</summary>
    public Task<TResult> RunAsync<TResult>(Func<TResult> function) => Add(new Task<TResult>(function, TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Runs an action on the thread, after what it has to do already.</summary>
    public Task RunAsync(Action action) => Add(new Task(action, TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Runs a loop on the thread that must not throw.</summary>
    public void Start(Action loop) => _work.Add(loop);

    /// <summary>Ends the thread, which must have nothing left to do, and frees the buffers.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _lane?.Dispose();
    }

    private TTask Add<TTask>(TTask task)
        where TTask : Task
    {
        Start(() => task.RunSynchronously(TaskScheduler.Default));
        return task;
    }

    private void Work()
    {
        using (_work)
        {
            foreach (var action in _work.GetConsumingEnumerable())
            {
                action();
            }
        }
    }
}
