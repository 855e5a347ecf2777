using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.Chaos.Load;
using Dinov2Cluster.Chaos.Measure;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>The same clients against 1, 2, 4 and 8 silos: does an image cost more in a larger cluster, and what limits the throughput?</summary>
internal static class ScaleRun
{
    private const int Clients = 32;
    private const int ImagesPerRequest = 32;
    private const int DistinctImages = 256;
    private const int MostSilos = 8;
    private const double ShareOfDeviceLimit = 0.95;
    private const double MostCpuGrowth = 1.15;

    // A machine with less than a twentieth of its cores idle has none to give.
    private const double BusyShare = 0.95;

    private const int MostWarmUps = 16;
    private const int WarmUpsInVain = 3;
    private const double StillFalling = 0.98;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(3);
    private static readonly SimulatedDevices _devices = new(Count: 4, BaseMilliseconds: 8, MillisecondsPerImage: 1.5, MaxBatchSize: 32);

    // Every client's images are let in, so that the cluster and not admission is measured.
    private static readonly string[] _gatewayArguments = ["--Admission:MaxImages", "4096", "--Admission:MaxQueueTime", "00:05:00"];

    public static async Task<int> RunAsync(int seconds, CancellationToken cancellationToken)
    {
        var timeline = new Timeline();
        var images = KnownImage.Create(DistinctImages, seed: 1);
        using var sender = new ScoreSender(timeline);
        var stages = await MeasureStagesAsync(seconds, images, sender, timeline, cancellationToken);
        var one = _devices with { Count = 1 };
        var efficiency = await OnOneSiloAsync(
            one, cluster => BatchEfficiency.MeasureAsync(cluster, one, seconds, images, sender, timeline, cancellationToken), timeline, cancellationToken);
        var light = await OnOneSiloAsync(
            _devices, cluster => LightLoad.MeasureAsync(cluster, _devices, seconds, images, sender, timeline, cancellationToken), timeline, cancellationToken);

        var (first, last) = (stages[0], stages[^1]);
        var growth = last.CpuPerImage / first.CpuPerImage;
        var devicesLimit = last.OfDeviceLimit >= ShareOfDeviceLimit;
        var coresLimit = last.Usage.MachineBusyCores >= BusyShare * Environment.ProcessorCount;
        var report = new Report("scale", last.Tally)
        {
            ["limit"] = devicesLimit ? "devices" : coresLimit ? "cores" : "neither",
            ["cores"] = Environment.ProcessorCount,
            ["of_device_limit"] = Report.Round(last.OfDeviceLimit),
            ["cpu_growth"] = Report.Round(growth),
            ["stages"] = new JsonArray([.. stages.Select(stage => stage.ToJson())]),
            ["saturation"] = efficiency.ToJson(),
            ["light_load"] = light.ToJson(),
        };
        report.Require("scale", devicesLimit || (coresLimit && growth <= MostCpuGrowth));
        report.Require("stages_failed", stages.All(stage => stage.Tally.Failed == 0 && stage.Tally.MixedRows == 0));
        report.Require("mean_batch", efficiency.IsReached);
        report.Require("light_load", light.IsReached);
        return report.Print();
    }

    private static async Task<T> OnOneSiloAsync<T>(
        SimulatedDevices devices, Func<LoadedCluster, Task<T>> measure, Timeline timeline, CancellationToken cancellationToken)
    {
        await using var cluster = await LoadedCluster.StartAsync(silos: 1, gateways: 1, devices, _gatewayArguments, timeline, cancellationToken);
        return await measure(cluster);
    }

    private static async Task<List<ScaleStage>> MeasureStagesAsync(
        int seconds, KnownImage[] images, ScoreSender sender, Timeline timeline, CancellationToken cancellationToken)
    {
        var stages = new List<ScaleStage>();
        await using var cluster = await LoadedCluster.StartAsync(silos: 1, gateways: 1, _devices, _gatewayArguments, timeline, cancellationToken);
        var load = new ClosedLoop(sender, cluster.GatewayAddresses, images, timeline);
        for (var silos = 1; silos <= MostSilos; silos *= 2)
        {
            if (silos > cluster.Silos.Count)
            {
                await cluster.AddSilosAsync(silos - cluster.Silos.Count, cancellationToken);
            }

            await WarmUpAsync(cluster, load, timeline, cancellationToken);
            await Task.Delay(_idle, cancellationToken);
            var (_, idle) = await MeasureAsync(
                cluster,
                async () =>
                {
                    await Task.Delay(_idle, cancellationToken);
                    return new Tally();
                },
                timeline,
                cancellationToken);
            var (tally, usage) = await MeasureAsync(cluster, () => LoadAsync(load, TimeSpan.FromSeconds(seconds), cancellationToken), timeline, cancellationToken);
            var stage = new ScaleStage(silos, silos * _devices.ImagesPerSecond, idle, tally, usage);
            timeline.Say($"{silos} silos", tally);
            timeline.Say($"  {stage.ToJson().ToJsonString()}");
            stages.Add(stage);
        }

        return stages;
    }

    /// <summary>
    /// Loads until an image costs no less than before: a process compiles its code anew while it runs, and with more silos each of them gets to
    /// that later.
    /// </summary>
    private static async Task WarmUpAsync(LoadedCluster cluster, ClosedLoop load, Timeline timeline, CancellationToken cancellationToken)
    {
        var cheapest = double.PositiveInfinity;
        for (int round = 0, inVain = 0; round < MostWarmUps && inVain < WarmUpsInVain; round++)
        {
            var (tally, usage) = await MeasureAsync(cluster, () => LoadAsync(load, _warmUp, cancellationToken), timeline, cancellationToken);
            var cost = (usage.Gateways + usage.Silos).TotalMilliseconds / tally.Images;
            timeline.Say(FormattableString.Invariant($"warm-up: {cost:F3} ms of CPU per image, {tally.ImagesPerSecond:F0} images/s"));
            inVain = cost > StillFalling * cheapest ? inVain + 1 : 0;
            cheapest = Math.Min(cheapest, cost);
        }
    }

    private static Task<Tally> LoadAsync(ClosedLoop load, TimeSpan duration, CancellationToken cancellationToken) =>
        load.RunAsync(Clients, ImagesPerRequest, duration, cancellationToken);

    private static async Task<(Tally Tally, Usage Usage)> MeasureAsync(
        LoadedCluster cluster, Func<Task<Tally>> run, Timeline timeline, CancellationToken cancellationToken)
    {
        var before = await Usage.ReadAsync(cluster, timeline, cancellationToken);
        var tally = await run();
        return (tally, (await Usage.ReadAsync(cluster, timeline, cancellationToken)).Since(before));
    }
}
