using Dinov2Cluster.TestSupport;


namespace Dinov2Cluster.Gateway.Tests.Routing;

/// <summary>
/// Runs asynchronous code on one thread in simulated time: whenever nothing is left to do, the clock goes on by a millisecond. So every run is
/// the same, and hours cost nothing.
/// </summary>
internal sealed class Simulation : SynchronizationContext
{
    private static readonly TimeSpan _step = TimeSpan.FromMilliseconds(1);

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();

    public TestClock Time { get; } = new();

    /// <summary>Called at every step.</summary>
    public event Action? Stepped;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_ready)
        {
            _ready.Enqueue((d, state));
        }
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs to the end of <paramref name="main"/>; more than <paramref name="limit"/> of simulated time is a failure.</summary>
    public void Run(Func<Task> main, TimeSpan? limit = null)
    {
        var previous = Current;
        SetSynchronizationContext(this);
        try
        {
            var end = Time.GetUtcNow() + (limit ?? TimeSpan.FromMinutes(2));
            var task = main();
            Drain();
            while (!task.IsCompleted)
            {
                Assert.True(Time.GetUtcNow() < end, "Nothing ended the simulation.");
                Stepped?.Invoke();
                Drain();
                Time.Advance(_step);
                Drain();
            }

            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(previous);
        }
    }

    /// <summary>Lets simulated time pass.</summary>
    public Task Delay(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), Time, CancellationToken.None);

    /// <summary>The process stands still, and finds all its timers due at once.</summary>
    public void StandStill(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    private void Drain()
    {
        while (true)
        {
            (SendOrPostCallback Callback, object? State) next;
            lock (_ready)
            {
                if (!_ready.TryDequeue(out next))
                {
                    return;
                }
            }

            next.Callback(next.State);
        }
    }
}
