using System.Collections.Immutable;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Grains.Messages;
using Dinov2Cluster.Primitives;

namespace Dinov2Cluster.Gateway.Tests.Support;

/// <summary>Devices as a gateway knows them.</summary>
internal static class TestDevices
{
    /// <summary>A GPU's curve: 8 ms and 1.5 ms per image, best in batches of 32.</summary>
    public static CostCurve Gpu { get; } = Costs(32, 0.056);

    /// <summary>Idle devices, one per silo.</summary>
    public static ImmutableArray<DeviceState> Make(int count, int bestBatch = 32, double bestSeconds = 0.056) =>
        [.. Enumerable.Range(0, count).Select(silo =>
        {
            var address = new DeviceAddress($"silo-{silo}", "gpu:0", "m");
            var device = new DeviceState(address, TimeProvider.System);
            device.Follow(new DeviceOffer(address, 6, 16, 14, "1", Costs(bestBatch, bestSeconds), 0, 0, 0, 0, PixelNormalization.Published), endpoint: null);
            return device;
        })];

    private static CostCurve Costs(int bestBatch, double bestSeconds) =>
        new([.. Enumerable.Range(1, bestBatch).Select(images => bestSeconds * (8 + (1.5 * images)) / (8 + (1.5 * bestBatch)))]);
}
