using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class DeviceStateTests
{
    private static readonly DeviceAddress _address = new("a", "cpu:0", "m");

    private readonly TestClock _time = new();
    private readonly DeviceState _device;

    public DeviceStateTests()
    {
        _device = new(_address, _time);
        _device.Follow(Offer(0), endpoint: null);
    }

    [Fact]
    public void Work_of_others_is_what_the_device_says_beyond_ours()
    {
        _device.Sent(5);

        _device.Observe(waiting: 9, computing: 2);

        Assert.Equal((5, 6), (_device.ImagesInFlight, _device.OtherImages));
        _device.Observe(waiting: 2, computing: 1);
        Assert.Equal(0, _device.OtherImages);
    }

    [Fact]
    public void Work_of_others_drains_at_the_devices_rate()
    {
        _device.Follow(Offer(10), endpoint: null);

        _time.Advance(TimeSpan.FromSeconds(0.25));
        Assert.Equal(8, _device.OtherImages);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, _device.OtherImages);
    }

    [Fact]
    public void The_prediction_counts_half_the_batch_under_way_and_what_waits_in_best_batches()
    {
        _device.Follow(Offer(3) with { Costs = new([0.010, 0.012, 0.014]) }, endpoint: null);
        _device.Sent(1);

        // 4 ahead and 3 more: half a best batch of 3, then one of 3 and one of 1.
        Assert.Equal(0.007 + 0.014 + 0.010, _device.PredictSeconds(3, _time.GetTimestamp()), precision: 9);
        Assert.Equal(0.012, _device.PredictSeconds(ahead: 0, images: 2));
    }

    [Fact]
    public void An_offer_seen_again_says_nothing_about_now()
    {
        var offer = Offer(10);
        _device.Follow(offer, endpoint: null);
        _time.Advance(TimeSpan.FromSeconds(0.25));

        _device.Follow(offer, endpoint: null);

        Assert.Equal(8, _device.OtherImages);
    }

    [Theory]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(int.MinValue, -1)]
    public void A_device_that_says_nonsense_breaks_nothing(int waiting, int computing)
    {
        _device.Sent(8);
        _device.Observe(waiting, computing);

        Assert.InRange(_device.PredictSeconds(8, _time.GetTimestamp()), 0.1, 1e9);
    }

    // 10 images per second.
    private static DeviceOffer Offer(int waiting) => new(_address, 2, 256, 4, "", new([0.1]), waiting, Computing: 0, Images: 0, PatchTokens: 0, PixelNormalization.Published);
}
