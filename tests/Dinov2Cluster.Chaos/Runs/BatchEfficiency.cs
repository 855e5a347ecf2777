using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.Chaos.Load;
using Dinov2Cluster.Chaos.Measure;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>How well the batches of a device are filled when it is the limit.</summary>
/// <param name="BestBatch">Images in the batch that gives the most images per second.</param>
/// <param name="MeanBatch">Images in a batch.</param>
/// <param name="OfDeviceLimit">Share of the device's limit that was reached.</param>
internal sealed record BatchEfficiency(int BestBatch, double MeanBatch, double OfDeviceLimit)
{
    private const int Clients = 8;
    private const int ImagesPerRequest = 16;
    private const double LeastOfBest = 0.9;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(5);

    public bool IsReached => MeanBatch >= LeastOfBest * BestBatch;

    public static async Task<BatchEfficiency> MeasureAsync(
        LoadedCluster cluster,
        SimulatedDevices device,
        int seconds,
        KnownImage[] images,
        ScoreSender sender,
        Timeline timeline,
        CancellationToken cancellationToken)
    {
        var load = new ClosedLoop(sender, cluster.GatewayAddresses, images, timeline);
        await load.RunAsync(Clients, ImagesPerRequest, _warmUp, cancellationToken);
        var before = await Usage.ReadAsync(cluster, timeline, cancellationToken);
        var full = await load.RunAsync(Clients, ImagesPerRequest, TimeSpan.FromSeconds(seconds), cancellationToken);
        var usage = (await Usage.ReadAsync(cluster, timeline, cancellationToken)).Since(before);
        timeline.Say("one device, saturated", full);
        return new(device.MaxBatchSize, usage.MeanBatch, full.ImagesPerSecond / device.ImagesPerSecond);
    }

    public JsonObject ToJson() => new()
    {
        ["best_batch"] = BestBatch,
        ["mean_batch"] = Report.Round(MeanBatch),
        ["of_device_limit"] = Report.Round(OfDeviceLimit),
    };
}
