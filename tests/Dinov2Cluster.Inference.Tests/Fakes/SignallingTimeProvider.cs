using Microsoft.Extensions.Time.Testing;

namespace Dinov2Cluster.Inference.Tests.Fakes;

/// <summary>Fake time that tells when somebody has begun to wait for it.</summary>
internal sealed class SignallingTimeProvider : FakeTimeProvider, IDisposable
{
    private readonly SemaphoreSlim _armed = new(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _armed.Release();
        return timer;
    }

    public void Dispose() => _armed.Dispose();

    public async Task ArmedAsync() =>
        Assert.True(await _armed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), "Nobody waits for time.");
}
