using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Tests.Support;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Admission;

public sealed class DeviceRoomTests
{
    [Theory]
    // Less than two best batches would let the device wait.
    [InlineData(1, 64)]
    [InlineData(100, 64)]
    // 571 images a second.
    [InlineData(1000, 571)]
    [InlineData(5000, 1024)]
    public void A_device_takes_two_best_batches_or_what_it_does_in_the_queue_time_up_to_the_hard_bound(int milliseconds, int images) =>
        Assert.Equal(images, DeviceRoom.Capacity(TestDevices.Gpu, new AdmissionOptions { MaxQueueTime = TimeSpan.FromMilliseconds(milliseconds) }));

    [Fact]
    public void The_hard_bound_is_stronger_than_the_best_batches() =>
        Assert.Equal(10, DeviceRoom.Capacity(TestDevices.Gpu, new AdmissionOptions { MaxImagesPerDevice = 10 }));

    [Fact]
    public void A_slow_device_still_has_one_image_waiting_behind_the_one_it_computes() =>
        Assert.Equal(2, DeviceRoom.Capacity(new CostCurve([8.0]), new AdmissionOptions()));

    [Theory]
    [InlineData(0, 64)]
    [InlineData(60, 4)]
    [InlineData(100, 0)]
    public void Images_of_other_gateways_leave_less_room(int others, int left) =>
        Assert.Equal(left, DeviceRoom.Left(TestDevices.Gpu, others, new AdmissionOptions { MaxQueueTime = TimeSpan.FromMilliseconds(100) }));

    [Fact]
    public void Rooms_and_rates_of_devices_add_up()
    {
        var room = DeviceRoom.Of(TestDevices.Make(3), new AdmissionOptions { MaxQueueTime = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(192, room.Images);
        Assert.Equal(3 * 32 / 0.056, room.ImagesPerSecond, 1e-6);
        Assert.Equal(default, DeviceRoom.Of([], new AdmissionOptions()));
    }
}
