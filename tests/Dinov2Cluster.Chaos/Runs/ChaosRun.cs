using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.Chaos.Load;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>Users at 60 % of the cluster's capacity while its silos are killed, stopped and frozen, and Redis forgets everything.</summary>
internal static class ChaosRun
{
    private const int Silos = 3;
    private const int Gateways = 2;
    private const int DistinctImages = 64;
    private const double Load = 0.6;
    private const double SlowestAllowedMilliseconds = 3000;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(5);
    private static readonly SimulatedDevices _devices = new(Count: 2, BaseMilliseconds: 0, MillisecondsPerImage: 20, MaxBatchSize: 8);

    public static async Task<int> RunAsync(int seconds, int seed, bool disturb, CancellationToken cancellationToken)
    {
        var timeline = new Timeline();
        timeline.Say($"seed {seed}");
        await using var cluster = await LoadedCluster.StartAsync(Silos, Gateways, _devices, [], timeline, cancellationToken);
        using var sender = new ScoreSender(timeline);
        var mix = new RequestMix(KnownImage.Create(DistinctImages, seed), RequestMix.MostlySmall, new Random(seed));
        var load = new OpenLoop(sender, cluster.GatewayAddresses, mix, timeline);
        var rate = Load * Silos * _devices.ImagesPerSecond;
        var duration = TimeSpan.FromSeconds(seconds);

        var warmUp = await load.RunAsync(rate / 2, _warmUp, cancellationToken);
        timeline.Say("warm-up", warmUp);
        timeline.Say(FormattableString.Invariant($"{rate:F0} images per second for {seconds} s"));

        var disturbances = new DisturbanceLoop(cluster, new Random(seed + 1), timeline);
        var loading = load.RunAsync(rate, duration, cancellationToken);
        string? lost = null;
        try
        {
            await (disturb ? disturbances.RunAsync(duration, cancellationToken) : Task.CompletedTask);
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            lost = exception.Message;
            timeline.Say($"no further disturbances: {lost}");
        }

        var tally = await loading;
        timeline.Say("all", tally);
        timeline.SaySlowest(tally);

        var report = new Report("chaos", tally)
        {
            ["seed"] = seed,
            ["p50_ms"] = Report.Round(tally.Percentile(0.5)),
            ["p99_ms"] = Report.Round(tally.Percentile(0.99)),
            ["killed"] = disturbances.Counts[DisturbanceKind.Kill],
            ["terminated"] = disturbances.Counts[DisturbanceKind.Terminate],
            ["frozen"] = disturbances.Counts[DisturbanceKind.Freeze],
            ["redis_restarts"] = disturbances.RedisRestarts,
            ["slowest_return_ms"] = Report.Round(disturbances.SlowestReturn.TotalMilliseconds),
        };
        report.Require("slowest", tally.SlowestMilliseconds < SlowestAllowedMilliseconds);
        report.Require("silos_return", lost is null);
        report.Require("warm_up", warmUp.Failed == 0 && warmUp.MixedRows == 0);
        return report.Print();
    }
}
