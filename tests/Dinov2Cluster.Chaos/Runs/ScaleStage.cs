using System.Text.Json.Nodes;
using Dinov2Cluster.Chaos.Load;
using Dinov2Cluster.Chaos.Measure;

namespace Dinov2Cluster.Chaos.Runs;

/// <summary>What was measured with one number of silos.</summary>
/// <param name="Silos">How many.</param>
/// <param name="DeviceLimit">Images per second of all devices with full batches.</param>
/// <param name="Idle">What the cluster used without a request.</param>
/// <param name="Tally">The requests.</param>
/// <param name="Usage">What they cost.</param>
internal sealed record ScaleStage(int Silos, double DeviceLimit, Usage Idle, Tally Tally, Usage Usage)
{
    /// <summary>Share of the devices' limit that was reached.</summary>
    public double OfDeviceLimit => Tally.ImagesPerSecond / DeviceLimit;

    /// <summary>CPU time of gateways and silos per image, in milliseconds; the load's own is apart.</summary>
    public double CpuPerImage => GatewayCpuPerImage + SiloCpuPerImage;

    private double GatewayCpuPerImage => Usage.Gateways.TotalMilliseconds / Tally.Images;

    private double SiloCpuPerImage => Usage.Silos.TotalMilliseconds / Tally.Images;

    public JsonObject ToJson() => new()
    {
        ["silos"] = Silos,
        ["images_per_second"] = Report.Round(Tally.ImagesPerSecond),
        ["of_device_limit"] = Report.Round(OfDeviceLimit),
        ["cpu_ms_per_image"] = Report.Round(CpuPerImage),
        ["gateway_cpu_ms_per_image"] = Report.Round(GatewayCpuPerImage),
        ["silo_cpu_ms_per_image"] = Report.Round(SiloCpuPerImage),
        ["client_cpu_ms_per_image"] = Report.Round(Usage.Client.TotalMilliseconds / Tally.Images),
        ["busy_cores"] = Report.Round(Usage.BusyCores),
        ["machine_busy_cores"] = Report.Round(Usage.MachineBusyCores),
        ["idle_cores"] = Report.Round(Idle.BusyCores),
        ["mean_batch"] = Report.Round(Usage.MeanBatch),
        ["p50_ms"] = Report.Round(Tally.Percentile(0.5)),
    };
}
