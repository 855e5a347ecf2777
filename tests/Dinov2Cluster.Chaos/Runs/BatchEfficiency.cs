using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.Chaos.Load;
using Dinov2Cluster.Chaos.Measure;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>How well one device's batches are filled under full load, and how long a request takes when there is little.</summary>
/// <param name="BestBatch">Images in the batch that gives the most images per second.</param>
/// <param name="MeanBatch">Images in a batch at saturation.</param>
/// <param name="OfDeviceLimit">Share of the device's limit that was reached at saturation.</param>
/// <param name="LoneMilliseconds">Median latency of one image after another.</param>
/// <param name="LightMilliseconds">Median latency of one-image requests at a tenth of the device's limit.</param>
internal sealed record BatchEfficiency(int BestBatch, double MeanBatch, double OfDeviceLimit, double LoneMilliseconds, double LightMilliseconds)
{
    private const int Clients = 8;
    private const int ImagesPerRequest = 16;
    private const double LeastOfBest = 0.9;
    private const double LightLoad = 0.1;
    private const double MostOfLone = 1.2;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    public bool HasLargeBatches => MeanBatch >= LeastOfBest * BestBatch;

    public bool IsPromptWhenLight => LightMilliseconds <= MostOfLone * LoneMilliseconds;

    public static async Task<BatchEfficiency> MeasureAsync(
        SimulatedDevices device,
        string[] gatewayArguments,
        int seconds,
        KnownImage[] images,
        ScoreSender sender,
        Timeline timeline,
        CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        await using var cluster = await LoadedCluster.StartAsync(silos: 1, gateways: 1, device, gatewayArguments, timeline, cancellationToken);
        var closed = new ClosedLoop(sender, cluster.GatewayAddresses, images, timeline);
        await closed.RunAsync(Clients, ImagesPerRequest, WarmUp, cancellationToken);

        var before = await Usage.ReadAsync(cluster, timeline, cancellationToken);
        var full = await closed.RunAsync(Clients, ImagesPerRequest, duration, cancellationToken);
        var usage = (await Usage.ReadAsync(cluster, timeline, cancellationToken)).Since(before);
        timeline.Say("one device, saturated", full);

        var lone = await closed.RunAsync(clients: 1, imagesPerRequest: 1, duration, cancellationToken);
        timeline.Say("one device, one client", lone);

        var mix = new RequestMix(images, RequestMix.Single, new Random(1));
        var light = await new OpenLoop(sender, cluster.GatewayAddresses, mix, timeline)
            .RunAsync(LightLoad * device.ImagesPerSecond, duration, cancellationToken);
        timeline.Say("one device, a tenth of its load", light);
        return new(device.MaxBatchSize, usage.MeanBatch, full.ImagesPerSecond / device.ImagesPerSecond, lone.Percentile(0.5), light.Percentile(0.5));
    }

    public JsonObject ToJson() => new()
    {
        ["best_batch"] = BestBatch,
        ["mean_batch"] = Report.Round(MeanBatch),
        ["of_device_limit"] = Report.Round(OfDeviceLimit),
        ["lone_p50_ms"] = Report.Round(LoneMilliseconds),
        ["light_p50_ms"] = Report.Round(LightMilliseconds),
        ["light_of_lone"] = Report.Round(LightMilliseconds / LoneMilliseconds),
    };
}
