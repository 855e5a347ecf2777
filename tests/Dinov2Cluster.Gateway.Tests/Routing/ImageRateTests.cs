using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class ImageRateTests
{
    private readonly TestClock _time = new();

    [Fact]
    public void Readings_within_a_window_are_taken_together()
    {
        var rate = new ImageRate(_time);
        foreach (var images in new[] { 0, 64, 64, 64, 128, 128, 128, 192, 192 })
        {
            rate.Read(images);
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Equal(64 / 2.0, rate.PerSecond, 6);
    }

    [Fact]
    public void A_device_that_rests_comes_down_to_zero()
    {
        var rate = new ImageRate(_time);
        rate.Read(0);
        _time.Advance(TimeSpan.FromSeconds(2));
        rate.Read(10);
        Assert.Equal(5, rate.PerSecond, 6);
        _time.Advance(TimeSpan.FromSeconds(2));

        rate.Read(10);

        Assert.Equal(0, rate.PerSecond);
    }

    [Fact]
    public void A_counter_that_was_set_back_starts_anew()
    {
        var rate = new ImageRate(_time);
        rate.Read(1000);
        _time.Advance(TimeSpan.FromSeconds(2));
        rate.Read(2000);
        _time.Advance(TimeSpan.FromSeconds(2));

        rate.Read(7);

        Assert.Equal(0, rate.PerSecond);
        _time.Advance(TimeSpan.FromSeconds(2));
        rate.Read(27);
        Assert.Equal(10, rate.PerSecond, 6);
    }
}
