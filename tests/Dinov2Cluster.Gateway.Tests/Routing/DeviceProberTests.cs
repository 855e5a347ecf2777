using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class DeviceProberTests : IDisposable
{
    private const string A = "a/cpu:0/m";

    private readonly SimulatedCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void A_device_that_answers_a_blank_crop_works_again() => _cluster.Run(async () =>
    {
        Quarantine();

        await _cluster.Simulation.Delay(0.09);
        Assert.Equal(0, _cluster[A].Probes);
        await _cluster.Simulation.Delay(0.04);

        Assert.Equal((1, 0), (_cluster[A].Probes, _cluster[A].Calls));
        Assert.True(_cluster.State(A).IsAvailable);
        await _cluster.Simulation.Delay(10);
        Assert.Equal(1, _cluster[A].Probes);
    });

    [Fact]
    public void A_frozen_device_is_probed_once_at_a_time_and_ever_less_often() => _cluster.Run(async () =>
    {
        Quarantine();
        _cluster[A].Freeze();

        await _cluster.Simulation.Delay(0.15);
        Assert.Equal(1, _cluster[A].Probes);
        // A probe ends after a second; the pauses between them are 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, ... s.
        await _cluster.Simulation.Delay(29.85);

        Assert.InRange(_cluster[A].Probes, 11, 13);
        Assert.All(_cluster[A].Tokens[..^1], token => Assert.True(token.IsCancellationRequested));
        _cluster[A].Thaw();
        await _cluster.Simulation.Delay(3.1);
        Assert.True(_cluster.State(A).IsAvailable);
    });

    [Theory]
    [InlineData(EmbedStatus.QueueFull)]
    [InlineData(EmbedStatus.NotServed)]
    [InlineData(EmbedStatus.DeviceFailed)]
    public void A_probe_that_is_refused_does_not_bring_the_device_back(EmbedStatus status) => _cluster.Run(async () =>
    {
        Quarantine();
        _cluster[A].Refusal = status;

        await _cluster.Simulation.Delay(1);

        Assert.False(_cluster.State(A).IsAvailable);
        Assert.Equal(3, _cluster[A].Probes);
    });

    [Fact]
    public void A_silo_that_cannot_be_reached_is_probed_until_it_is_back() => _cluster.Run(async () =>
    {
        Quarantine();
        _cluster[A].Kill();
        await _cluster.Simulation.Delay(5);
        Assert.False(_cluster.State(A).IsAvailable);

        _cluster[A].Restart();
        await _cluster.Simulation.Delay(2.1);

        Assert.True(_cluster.State(A).IsAvailable);
    });

    [Fact]
    public void A_silo_that_was_draining_is_probed_after_two_new_offers() => _cluster.Run(async () =>
    {
        Quarantine(health => health.Refused());
        await _cluster.Simulation.Delay(1);
        _cluster.Poll();
        await _cluster.Simulation.Delay(1);
        Assert.Equal(0, _cluster[A].Probes);

        _cluster.Poll();
        await _cluster.Simulation.Delay(0.1);

        Assert.True(_cluster.State(A).IsAvailable);
    });

    private void Quarantine(Func<DeviceHealth, bool>? how = null)
    {
        _cluster.Add(A, 0.02);
        _cluster.Poll();
        Assert.True((how ?? (health => health.Quarantine()))(_cluster.State(A).Health));
    }
}
