using System.Collections.Immutable;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Admission;

/// <summary>The room of a model's devices now.</summary>
/// <param name="Images">Images that this gateway may have in flight there, after those of other gateways.</param>
/// <param name="ImagesPerSecond">Best rate of all devices together; 0 when none is available.</param>
internal readonly record struct DeviceRoom(long Images, double ImagesPerSecond)
{
    /// <summary>
    /// Best batches that keep a device busy: it computes one while the other fills. Images are in flight from their admission, so the second batch
    /// includes those that are still being decoded or sent. That takes less time than a batch, so the second one is full when the first is done. A
    /// third one would only wait: with two, a saturated device answers within two batch times, the worst case at 90 % load too (an image that just
    /// misses a batch).
    /// </summary>
    public const int BatchesToSaturate = 2;

    /// <summary>Adds up the devices that are not quarantined.</summary>
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

    /// <summary>Images of this gateway that a device has room for, besides those of the others. An overfull device takes no room from another one.</summary>
    public static int Left(CostCurve costs, int otherImages, AdmissionOptions options) =>
        Math.Max(0, Capacity(costs, options) - otherImages);

    /// <summary>Most images that all gateways together should have in flight at a device.</summary>
    public static int Capacity(CostCurve costs, AdmissionOptions options)
    {
        var inTime = Math.Min(costs.ImagesPerSecond * options.MaxQueueTime.TotalSeconds, options.MaxImagesPerDevice);
        return Math.Min(options.MaxImagesPerDevice, Math.Max(BatchesToSaturate * costs.BestBatch, (int)inTime));
    }
}
