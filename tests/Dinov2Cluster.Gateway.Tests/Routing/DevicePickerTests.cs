using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class DevicePickerTests
{
    private readonly TestClock _time = new();
    private readonly DevicePicker _picker;

    public DevicePickerTests() => _picker = new(new Random(7), _time);

    [Fact]
    public void Among_equals_every_one_is_picked_as_often()
    {
        var devices = Devices(20, 0.06);
        var picks = new Dictionary<DeviceState, int>();
        for (var i = 0; i < 20_000; i++)
        {
            var device = _picker.Pick(devices, 1, history: null, out _)!;
            picks[device] = picks.GetValueOrDefault(device) + 1;
        }

        Assert.All(devices, device => Assert.InRange(picks[device], 800, 1200));
    }

    [Fact]
    public void Gateways_that_see_the_same_near_equals_do_not_all_take_the_best()
    {
        var devices = Devices(10, 0.060);
        devices[3] = Devices(1, 0.058)[0];

        var best = Enumerable.Range(0, 10_000).Count(_ => _picker.Pick(devices, 1, history: null, out var earliest) == devices[3] && earliest == 0.058);

        // Two of ten are drawn, and the best wins when it is drawn.
        Assert.InRange(best, 1800, 2200);
    }

    [Fact]
    public void A_device_that_is_clearly_later_gets_nothing()
    {
        var devices = Devices(3, 0.06);
        devices[0].Sent(1);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.NotSame(devices[0], _picker.Pick(devices, 1, history: null, out double _)));
    }

    [Fact]
    public void A_loaded_quick_device_beats_an_idle_slow_one_when_it_ends_first()
    {
        DeviceState[] devices = [Devices(1, 0.06)[0], Devices(1, 0.0095, 0.011, 0.0125, 0.014)[0]];
        devices[1].Sent(12);

        Assert.Same(devices[1], _picker.Pick(devices, 1, history: null, out _));
        devices[1].Sent(8);
        Assert.Same(devices[0], _picker.Pick(devices, 1, history: null, out _));
    }

    [Fact]
    public void New_devices_come_before_known_ones_and_those_before_quarantined_devices()
    {
        var devices = Devices(3, 0.06);
        var history = new PartHistory();
        devices[2].Health.Quarantine();
        history.AddTried(devices[0]);

        Assert.Same(devices[1], _picker.Pick(devices, 1, history, out _));
        history.AddTried(devices[1]);
        history.AddFull(devices[1]);
        Assert.Same(devices[0], _picker.Pick(devices, 1, history, out _));
        history.AddFull(devices[0]);
        Assert.Null(_picker.Pick(devices, 1, history, out _));
        devices[0].Health.Quarantine();
        devices[1].Health.Quarantine();
        Assert.Same(devices[2], _picker.Pick(devices, 1, history, out _));
        history.AddTried(devices[2]);
        Assert.Null(_picker.Pick(devices, 1, history, out _));
    }

    private DeviceState[] Devices(int count, params double[] batchSeconds) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var device = new DeviceState(new DeviceAddress("s" + i, "cpu:0", "m"), _time);
        device.Follow(new DeviceOffer(device.Address, 2, 256, 4, "", new(batchSeconds), 0, 0, 0, 0, PixelNormalization.Published), endpoint: null);
        return device;
    })];
}
