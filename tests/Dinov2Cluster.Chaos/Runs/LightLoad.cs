using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.Chaos.Load;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>Whether a request waits for others when a silo has a tenth of the load that it can take.</summary>
/// <remarks>
/// On the silo's four devices, not on one: a tenth of what full batches reach, in batches of one, is more than half of a device's time
/// (57 images per second at 9.5 ms), so that with one device most requests would find it busy, whatever the cluster does.
/// </remarks>
/// <param name="LoneMilliseconds">Median latency of one image after another.</param>
/// <param name="LightMilliseconds">Median latency of one-image requests that come at random times.</param>
internal sealed record LightLoad(double LoneMilliseconds, double LightMilliseconds)
{
    private const double Share = 0.1;
    private const double MostOfLone = 1.2;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(5);

    public bool IsReached => LightMilliseconds <= MostOfLone * LoneMilliseconds;

    public static async Task<LightLoad> MeasureAsync(
        LoadedCluster cluster,
        SimulatedDevices devices,
        int seconds,
        KnownImage[] images,
        ScoreSender sender,
        Timeline timeline,
        CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromSeconds(seconds);
        var closed = new ClosedLoop(sender, cluster.GatewayAddresses, images, timeline);
        var open = new OpenLoop(sender, cluster.GatewayAddresses, new RequestMix(images, RequestMix.Single, new Random(1)), timeline);
        await open.RunAsync(Share * devices.ImagesPerSecond, _warmUp, cancellationToken);
        var lone = await closed.RunAsync(clients: 1, imagesPerRequest: 1, duration, cancellationToken);
        timeline.Say("one silo, one client", lone);
        var light = await open.RunAsync(Share * devices.ImagesPerSecond, duration, cancellationToken);
        timeline.Say("one silo, a tenth of its load", light);
        return new(lone.Percentile(0.5), light.Percentile(0.5));
    }

    public JsonObject ToJson() => new()
    {
        ["lone_p50_ms"] = Report.Round(LoneMilliseconds),
        ["light_p50_ms"] = Report.Round(LightMilliseconds),
        ["light_of_lone"] = Report.Round(LightMilliseconds / LoneMilliseconds),
    };
}
