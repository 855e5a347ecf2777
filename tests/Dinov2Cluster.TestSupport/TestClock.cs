using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.TestSupport;

/// <summary>The clock of all tests: it stands still until a test moves it, and reports the waits that begin.</summary>
public sealed class TestClock : FakeTimeProvider
{
    // A test's own token has no time limit.
    private static readonly TimeSpan _timeout = TimeSpan.FromMinutes(1);

    private readonly Channel<TimeSpan> _begun = Channel.CreateUnbounded<TimeSpan>();
    private readonly ConcurrentQueue<TimeSpan> _passed = new();

    /// <summary>Begins in the year 2000.</summary>
    public TestClock()
    {
    }

    /// <summary>Begins at a moment.</summary>
    public TestClock(DateTimeOffset start)
        : base(start)
    {
    }

    /// <summary>Waits of at most this duration end immediately, and move the clock. By default, none does.</summary>
    public TimeSpan PassesUpTo { get; init; }

    /// <summary>The waits that ended immediately, in order.</summary>
    public IReadOnlyList<TimeSpan> Passed => [.. _passed];

    /// <summary>Ends when a wait of this duration has begun. A wait counts once; waits of other durations that began before it are forgotten.</summary>
    /// <exception cref="TimeoutException">None began within a minute.</exception>
    public async Task WaitBegunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken) != duration)
        {
        }
    }

    /// <summary>Ends when a wait of any duration has begun. A wait counts once.</summary>
    /// <exception cref="TimeoutException">None began within a minute.</exception>
    public Task WaitBegunAsync(CancellationToken cancellationToken) => NextAsync(cancellationToken);

    /// <summary>Lets the next wait of this duration begin and end.</summary>
    /// <exception cref="TimeoutException">None began within a minute.</exception>
    public async Task PassAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        await WaitBegunAsync(duration, cancellationToken);
        Advance(duration);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _begun.Writer.TryWrite(dueTime);
        // Timeout.InfiniteTimeSpan is negative.
        if (dueTime >= TimeSpan.Zero && dueTime <= PassesUpTo && PassesUpTo > TimeSpan.Zero)
        {
            _passed.Enqueue(dueTime);
            Advance(dueTime);
        }

        return timer;
    }

    private Task<TimeSpan> NextAsync(CancellationToken cancellationToken) =>
        _begun.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(_timeout, TimeProvider.System, cancellationToken);
}
