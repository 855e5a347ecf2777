using System.Collections.Concurrent;

namespace Dinov2Cluster.Cli.Tests.Hub;

/// <summary>A clock on which pauses between attempts end immediately, and connections stand still when the test wants it.</summary>
internal sealed class PullTime : TimeProvider
{
    private readonly ConcurrentQueue<double> _pauses = new();
    private readonly ConcurrentDictionary<Timer, bool> _watches = new();

    /// <summary>The pauses so far, in seconds.</summary>
    public IReadOnlyList<double> Pauses => [.. _pauses];

    /// <summary>Makes every connection exceed its timeout.</summary>
    public void StandStill()
    {
        foreach (var watch in _watches.Keys)
        {
            watch.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        if (dueTime < Cli.Hub.Retry.StandStillTimeout)
        {
            _pauses.Enqueue(dueTime.TotalSeconds);
            timer.Fire();
        }
        else
        {
            _watches.TryAdd(timer, true);
        }

        return timer;
    }

    private sealed class Timer(PullTime owner, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => ThreadPool.QueueUserWorkItem(_ => callback(state));

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => owner._watches.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
