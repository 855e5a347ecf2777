using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.Chaos.Load;
using Dinov2Cluster.Chaos.Measure;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>Three times as many requests as the devices can do: those let in are answered as fast as ever, the others told so at once.</summary>
internal static class OverloadRun
{
    private const int DistinctImages = 64;
    private const double HighLoad = 0.9;
    private const double Overload = 3;
    private const double MostOfHighLoad = 2;
    private const double MemoryGrowth = 1.1;
    private const double MemoryGrowthMegabytes = 30;

    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(10);

    // Slow enough that the devices and not the machine's cores are the limit.
    private static readonly SimulatedDevices _devices = new(Count: 2, BaseMilliseconds: 0, MillisecondsPerImage: 20, MaxBatchSize: 8);
    private static readonly string[] _gatewayArguments = ["--Admission:MaxQueueTime", "00:00:00.2"];

    public static async Task<int> RunAsync(int seconds, CancellationToken cancellationToken)
    {
        var timeline = new Timeline();
        await using var cluster = await LoadedCluster.StartAsync(silos: 1, gateways: 1, _devices, _gatewayArguments, timeline, cancellationToken);
        using var sender = new ScoreSender(timeline);
        var mix = new RequestMix(KnownImage.Create(DistinctImages, seed: 1), RequestMix.Single, new Random(1));
        var load = new OpenLoop(sender, cluster.GatewayAddresses, mix, timeline);
        var capacity = _devices.ImagesPerSecond;

        await load.RunAsync(capacity / 2, _warmUp, cancellationToken);
        var high = await load.RunAsync(HighLoad * capacity, TimeSpan.FromSeconds(Math.Max(seconds / 2, 1)), cancellationToken);
        timeline.Say("90 % load", high);

        var memory = new MemorySamples([.. cluster.Gateways, .. cluster.Silos]);
        var running = load.RunAsync(Overload * capacity, TimeSpan.FromSeconds(seconds), cancellationToken);
        await memory.RunAsync(running);
        var over = await running;
        timeline.Say("3 times capacity", over);

        var ratio = over.Percentile(0.99) / high.Percentile(0.99);
        var (gateway, silo) = (Memory(memory, host: 0), Memory(memory, host: 1));
        var report = new Report("overload", over)
        {
            ["capacity"] = capacity,
            ["p99_ms"] = Report.Round(over.Percentile(0.99)),
            ["high_load_p99_ms"] = Report.Round(high.Percentile(0.99)),
            ["high_load_rejected"] = high.Rejected,
            ["p99_of_high_load"] = Report.Round(ratio),
            ["gateway_memory_mb"] = ToJson(gateway),
            ["silo_memory_mb"] = ToJson(silo),
        };
        report.Require("p99", ratio <= MostOfHighLoad);
        report.Require("high_load_failed", high.Failed == 0 && high.MixedRows == 0);
        report.Require("gateway_memory", IsFlat(gateway));
        report.Require("silo_memory", IsFlat(silo));
        return report.Print();
    }

    private static (double Early, double Late) Memory(MemorySamples samples, int host) =>
        (samples.MegabytesAt(host, 0.25), samples.MegabytesAt(host, 0.95));

    private static bool IsFlat((double Early, double Late) memory) => memory.Late <= (MemoryGrowth * memory.Early) + MemoryGrowthMegabytes;

    private static JsonObject ToJson((double Early, double Late) memory) =>
        new() { ["at_quarter"] = Report.Round(memory.Early), ["at_end"] = Report.Round(memory.Late) };
}
