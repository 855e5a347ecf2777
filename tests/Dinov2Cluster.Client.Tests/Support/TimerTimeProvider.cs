using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Client.Tests.Support;

/// <summary>Fake time that reports which waits have started.</summary>
internal sealed class TimerTimeProvider : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until a wait of this duration starts.</summary>
    public async Task WaitBegunAsync(TimeSpan duration)
    {
        while (await _timers.Reader.ReadAsync(TestContext.Current.CancellationToken) != duration)
        {
        }
    }
}
