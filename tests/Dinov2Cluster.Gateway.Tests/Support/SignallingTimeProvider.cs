using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Fake time that tells when somebody has begun to wait for so long.</summary>
internal sealed class SignallingTimeProvider(TimeSpan awaited) : FakeTimeProvider
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task TimerStarted => _started.Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime == awaited)
        {
            _started.TrySetResult();
        }

        return timer;
    }
}
