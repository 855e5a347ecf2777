using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class DeviceHealthTests
{
    private readonly TestClock _time = new();
    private readonly DeviceHealth _health;

    public DeviceHealthTests() => _health = new(_time);

    [Fact]
    public void Three_failures_in_a_row_quarantine_it_and_a_success_between_them_does_not()
    {
        Assert.False(_health.Failed());
        Assert.False(_health.Failed());
        _health.Succeeded();
        Assert.False(_health.Failed());
        Assert.False(_health.Failed());
        Assert.True(_health.IsAvailable);

        Assert.True(_health.Failed());
        Assert.False(_health.IsAvailable);
    }

    [Fact]
    public void Only_the_first_call_quarantines_it()
    {
        Assert.True(_health.Quarantine());
        Assert.False(_health.Quarantine());
        Assert.False(_health.Refused());
    }

    [Fact]
    public void Probes_come_after_100_ms_and_back_off_to_2_s()
    {
        _health.Quarantine();
        foreach (var milliseconds in new[] { 100, 200, 400, 800, 1600, 2000, 2000 })
        {
            _time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.False(_health.TryBeginProbe());
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.True(_health.TryBeginProbe());
            _health.EndProbe(succeeded: false);
        }

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(_health.TryBeginProbe());
        _health.EndProbe(succeeded: true);
        Assert.True(_health.IsAvailable);
    }

    [Fact]
    public void There_is_one_probe_at_a_time()
    {
        _health.Quarantine();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.True(_health.TryBeginProbe());
        Assert.False(_health.TryBeginProbe());
    }

    [Fact]
    public void After_a_refusal_it_is_probed_only_when_it_was_offered_anew()
    {
        _health.Refused();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(_health.TryBeginProbe());
        // This one may have been read before the refusal.
        _health.Offered();
        Assert.False(_health.TryBeginProbe());
        _health.Offered();
        Assert.True(_health.TryBeginProbe());
    }

    [Fact]
    public void A_device_that_works_is_not_probed()
    {
        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(_health.TryBeginProbe());
    }
}
