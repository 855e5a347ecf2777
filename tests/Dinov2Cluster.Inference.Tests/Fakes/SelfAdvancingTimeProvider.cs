using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>Fake time that passes as soon as somebody waits for it.</summary>
internal sealed class SelfAdvancingTimeProvider : FakeTimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Advance(dueTime);
        return timer;
    }
}
