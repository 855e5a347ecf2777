using CsCheck;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class BatchSplitterTests
{
    private static readonly TestClock _time = new();

    private static readonly double[] _cpu = [0.06];
    private static readonly double[] _gpu = [.. Enumerable.Range(1, 32).Select(images => 0.008 + (0.0015 * images))];

    // Best batches grow in time and in images per second, as the silo's profile has them.
    private static readonly Gen<double[]> _curves =
        Gen.Select(Gen.Double[0.0001, 0.1], Gen.Double[0, 0.05], Gen.Int[1, 16])
            .Select((first, more, best) => Enumerable.Range(0, best).Select(i => first + (i * Math.Min(more, first))).ToArray());

    private static readonly Gen<(double[] Curve, int Ours, int Others, bool Available)[]> _clusters =
        Gen.Select(_curves, Gen.Int[0, 40], Gen.Int[0, 40], Gen.Int[0, 9].Select(n => n > 0)).Array[1, 40];

    [Fact]
    public void Every_row_goes_once_in_order_and_to_devices_that_are_there() =>
        Gen.Select(_clusters, Gen.Int[1, 8], Gen.Int).Sample((cluster, count, seed) =>
        {
            var devices = Devices(cluster);

            var parts = Splitter(seed).Split(devices, count);

            var next = 0;
            foreach (var part in parts)
            {
                Assert.Equal(next, part.First);
                Assert.True(part.Count > 0);
                next += part.Count;
                Assert.Contains(part.Device, devices);
                Assert.True(part.Device.IsAvailable || devices.All(device => !device.IsAvailable));
            }

            Assert.Equal(count, next);
            Assert.Equal(parts.Length, parts.Select(part => part.Device).Distinct().Count());
        });

    [Fact]
    public void Devices_that_gain_nothing_from_batches_end_about_as_early_as_possible() =>
        Gen.Select(Gen.Double[0.001, 0.1], Gen.Int[0, 40].Array[1, 40], Gen.Int[1, 8], Gen.Int).Sample((image, ours, count, seed) =>
        {
            var devices = Devices([.. ours.Select(images => (new[] { image }, images, 0, true))]);

            var parts = Splitter(seed).Split(devices, count);

            var now = _time.GetTimestamp();
            var alone = devices.Min(device => device.PredictSeconds(count, now));
            var limit = (Math.Min(alone, Earliest(devices, count)) * 1.25) + 0.001;
            var end = parts.Max(part => part.Device.PredictSeconds(part.Count, now));
            // One part may go to any device that is nearly as good.
            Assert.True(end <= Math.Max(limit, parts.Length == 1 ? Math.Max(alone * 1.1, alone + 0.001) : 0) + 1e-9);
            Assert.True(alone > limit || parts.Length == 1);
        });

    [Fact]
    public void No_split_costs_the_devices_more_time_than_it_saves() =>
        Gen.Select(_clusters, Gen.Int[1, 8], Gen.Int).Sample((cluster, count, seed) =>
        {
            var devices = Devices(cluster);
            var parts = Splitter(seed).Split(devices, count);
            if (parts.Length < 2)
            {
                return;
            }

            var now = _time.GetTimestamp();
            var usable = devices.Where(device => device.IsAvailable).ToArray();
            var alone = usable.Min(device => device.PredictSeconds(count, now));
            var saved = alone - parts.Max(part => part.Device.PredictSeconds(part.Count, now));
            var work = parts.Sum(part => Work(part.Device, part.Count, now));
            // Alone it may go to any device that is nearly as good.
            Assert.True(saved > work - usable.Max(device => Work(device, count, now)) - 1e-9);
            Assert.True(saved > 0);
        });

    [Fact]
    public void Idle_equal_devices_share_a_batch_equally() =>
        Assert.Equal([4, 4], Split(8, (_cpu, 0), (_cpu, 0)).Select(part => part.Count));

    [Fact]
    public void A_batch_goes_to_as_few_devices_as_end_in_about_the_same_time() =>
        // 8 images on 7 devices: one takes two of them in any case, and 4 devices with two each end as early.
        Assert.Equal([2, 2, 2, 2], Split(8, [.. Enumerable.Repeat((_cpu, 0), 7)]).Select(part => part.Count));

    [Fact]
    public void A_batch_stays_whole_where_parts_would_take_more_of_the_devices_time_than_they_save() =>
        // 20 ms; in two parts it would end after 14, and take 28 of the devices' time.
        Assert.Single(Split(8, [.. Enumerable.Repeat((_gpu, 0), 20)]));

    [Fact]
    public void Devices_without_batching_take_an_image_each() =>
        Assert.Equal(8, Split(8, [.. Enumerable.Repeat((_cpu, 0), 20)]).Length);

    [Fact]
    public void Under_load_a_batch_stays_whole() =>
        Assert.Single(Split(8, (_gpu, 40), (_gpu, 40), (_gpu, 40)));

    [Fact]
    public void A_slow_device_beside_a_quick_one_gets_nothing_of_a_batch_that_is_done_before() =>
        Assert.Equal(0.020, Assert.Single(Split(8, (_cpu, 0), (_gpu, 0))).Device.Costs.Seconds(8), precision: 9);

    [Fact]
    public void Gateways_do_not_all_split_over_the_same_devices()
    {
        var devices = Devices([.. Enumerable.Repeat((_cpu, 0, 0, true), 100)]);

        var used = Enumerable.Range(0, 100).SelectMany(gateway => Splitter(gateway).Split(devices, 3)).Select(part => part.Device).Distinct();

        Assert.InRange(used.Count(), 60, 100);
    }

    [Fact]
    public void Without_a_device_there_is_no_part() => Assert.Empty(Splitter(1).Split([], 8));

    private static PartPlan[] Split(int count, params (double[] Curve, int Ours)[] devices) =>
        Splitter(1).Split(Devices([.. devices.Select(device => (device.Curve, device.Ours, 0, true))]), count);

    private static GroupSplitter Splitter(int seed) => new(new DevicePicker(new Random(seed), _time), _time);

    private static DeviceState[] Devices((double[] Curve, int Ours, int Others, bool Available)[] cluster) => [.. cluster.Select((loaded, i) =>
    {
        var device = new DeviceState(new DeviceAddress("s" + i, "cpu:0", "m"), _time);
        device.Follow(new DeviceOffer(device.Address, 2, 256, 4, "", new(loaded.Curve), loaded.Others, 0, 0, 0, PixelNormalization.Published), endpoint: null);
        device.Sent(loaded.Ours);
        if (!loaded.Available)
        {
            device.Health.Quarantine();
        }

        return device;
    })];

    private static double Work(DeviceState device, int images, long now) => device.PredictSeconds(images, now) - device.PredictSeconds(0, now);

    // Image by image over all devices, as plainly as can be.
    private static double Earliest(DeviceState[] devices, int count)
    {
        var given = new int[devices.Length];
        var now = _time.GetTimestamp();
        for (var image = 0; image < count; image++)
        {
            var best = Enumerable.Range(0, devices.Length).MinBy(i => devices[i].PredictSeconds(given[i] + 1, now));
            given[best]++;
        }

        return Enumerable.Range(0, devices.Length).Where(i => given[i] > 0).Max(i => devices[i].PredictSeconds(given[i], now));
    }
}
