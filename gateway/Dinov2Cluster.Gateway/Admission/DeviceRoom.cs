using System.Collections.Immutable;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>What the devices of a model have room for now.</summary>
/// <param name="Images">Images that this gateway may have in flight there. Images of other gateways are taken off.</param>
/// <param name="ImagesPerSecond">What the devices do together at their best; 0 when none is available.</param>
internal readonly record struct DeviceRoom(long Images, double ImagesPerSecond)
{
    /// <summary>
    /// Best batches that keep a device busy: one that it computes, and one that fills up meanwhile. An image is in flight from its admission, so
    /// the second batch also holds those that are still decoded or on their way; that takes less time than the first batch does, so it is full
    /// when the first is done. A third one would only wait: with two, a saturated device answers within two batch times, which is what
    /// an image waits at 90 % load in the worst case too, when it just misses a batch.
    /// </summary>
    public const int BatchesToSaturate = 2;

    /// <summary>Adds up the devices that are not set aside.</summary>
    public static DeviceRoom Of(ImmutableArray<DeviceState> devices, AdmissionOptions options)
    {
        var images = 0L;
        var imagesPerSecond = 0d;
        foreach (var device in devices)
        {
            if (device.IsAvailable)
            {
                var costs = device.Costs;
                images += Left(costs, device.OtherImages, options);
                imagesPerSecond += costs.ImagesPerSecond;
            }
        }

        return new(images, imagesPerSecond);
    }

    /// <summary>Images of this gateway that a device has room for, beside those of the others. A device that is too full takes no other's room.</summary>
    public static int Left(CostCurve costs, int otherImages, AdmissionOptions options) =>
        Math.Max(0, Capacity(costs, options) - otherImages);

    /// <summary>Most images that all gateways together should have in flight at a device.</summary>
    public static int Capacity(CostCurve costs, AdmissionOptions options)
    {
        var inTime = Math.Min(costs.ImagesPerSecond * options.MaxQueueTime.TotalSeconds, options.MaxImagesPerDevice);
        return Math.Min(options.MaxImagesPerDevice, Math.Max(BatchesToSaturate * costs.BestBatch, (int)inTime));
    }
}
