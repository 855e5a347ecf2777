using Dinov2Cluster.Inference.Costs;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Inference.Tests.Costs;

public sealed class DeviceClockTests
{
    private readonly TestClock _time = new();

    [Fact]
    public void A_batch_alone_costs_its_own_time_and_is_predicted_to_end_after_it()
    {
        var clock = new DeviceClock(_time);
        var started = Now;
        Assert.Equal(started, clock.FreeAt(started));

        clock.Begin(started, 2);
        Assert.Equal(TimeSpan.FromSeconds(2), _time.GetElapsedTime(started, clock.FreeAt(Now)));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Now, clock.FreeAt(Now));

        Assert.Equal(3, clock.End(started, Now));
        Assert.Equal(0, clock.InFlight);
    }

    [Fact]
    public void Batches_that_overlap_share_the_time_from_the_first_start_to_the_last_end()
    {
        var clock = new DeviceClock(_time);
        var first = Now;
        clock.Begin(first, 3);
        _time.Advance(TimeSpan.FromSeconds(1));
        var second = Now;
        clock.Begin(second, 3);
        Assert.Equal(TimeSpan.FromSeconds(5), _time.GetElapsedTime(second, clock.FreeAt(Now)));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(3, clock.End(first, Now));
        Assert.Equal(1, clock.InFlight);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, clock.End(second, Now));
    }

    private long Now => _time.GetTimestamp();
}
