using System.Globalization;

namespace Dinov2Cluster.Chaos.Cluster;

/// <summary>The devices of one silo: a batch of n images takes a base time and n times the time per image.</summary>
internal sealed record SimulatedDevices(int Count, double BaseMilliseconds, double MillisecondsPerImage, int MaxBatchSize)
{
    /// <summary>Images per second of one silo with full batches.</summary>
    public double ImagesPerSecond => Count * MaxBatchSize * 1000 / (BaseMilliseconds + (MaxBatchSize * MillisecondsPerImage));

    /// <summary>A silo's command line.</summary>
    public string[] Arguments =>
    [
        "--Batching:MaxBatchSize", MaxBatchSize.ToString(CultureInfo.InvariantCulture),
        .. Enumerable.Range(0, Count).SelectMany(Device),
    ];

    private string[] Device(int index)
    {
        var section = FormattableString.Invariant($"--Devices:{index}:");
        return
        [
            section + "Kind", "Simulated",
            section + "Index", index.ToString(CultureInfo.InvariantCulture),
            section + "Simulated:BaseLatency", TimeSpan.FromMilliseconds(BaseMilliseconds).ToString("c"),
            section + "Simulated:LatencyPerImage", TimeSpan.FromMilliseconds(MillisecondsPerImage).ToString("c"),
        ];
    }
}
