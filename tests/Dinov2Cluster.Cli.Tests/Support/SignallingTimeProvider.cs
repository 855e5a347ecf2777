using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Cli.Tests.Support;

/// <summary>Fake time that goes on when somebody waits for a certain time.</summary>
internal sealed class SignallingTimeProvider(TimeSpan awaited) : FakeTimeProvider
{
    private readonly Channel<bool> _waiting = Channel.CreateUnbounded<bool>();

    /// <summary>Waits until a timer of the awaited length begins, and lets its time pass.</summary>
    public async Task PassAsync()
    {
        await _waiting.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Advance(awaited);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == awaited)
        {
            _waiting.Writer.TryWrite(true);
        }

        return timer;
    }
}
