using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Cli.Tests.Support;

/// <summary>Fake time that advances when something waits for a certain duration.</summary>
internal sealed class SignalingTimeProvider(TimeSpan awaited) : FakeTimeProvider
{
    private readonly Channel<bool> _waiting = Channel.CreateUnbounded<bool>();

    /// <summary>Waits until a timer of the awaited duration starts, and advances by it.</summary>
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
