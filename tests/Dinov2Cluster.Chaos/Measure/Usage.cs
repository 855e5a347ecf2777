using System.Diagnostics;
using Dinov2Cluster.Chaos.Cluster;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Chaos.Measure;

/// <summary>What the cluster, this program and the machine have used until one moment; the difference of two is a run's cost.</summary>
/// <param name="At">The moment.</param>
/// <param name="Gateways">CPU time of the gateways.</param>
/// <param name="Silos">CPU time of the silos.</param>
/// <param name="Client">CPU time of this program, the load's source.</param>
/// <param name="Machine">CPU time of every process of the machine.</param>
/// <param name="Batches">Batches that the devices computed.</param>
/// <param name="BatchImages">Images in those batches.</param>
internal sealed record Usage(TimeSpan At, TimeSpan Gateways, TimeSpan Silos, TimeSpan Client, TimeSpan Machine, double Batches, double BatchImages)
{
    public double MeanBatch => Batches > 0 ? BatchImages / Batches : 0;

    /// <summary>Cores that the cluster and its load kept busy.</summary>
    public double BusyCores => (Gateways + Silos + Client) / At;

    /// <summary>Cores of the machine that were busy, whoever used them.</summary>
    public double MachineBusyCores => Machine / At;

    public static async Task<Usage> ReadAsync(LoadedCluster cluster, Timeline timeline, CancellationToken cancellationToken)
    {
        using var self = Process.GetCurrentProcess();
        var batches = await SumAsync(cluster, "dinov2_batch_size_count", cancellationToken);
        var images = await SumAsync(cluster, "dinov2_batch_size_sum", cancellationToken);
        return new(
            timeline.Now,
            ProcessCosts.Cpu(cluster.Gateways),
            ProcessCosts.Cpu(cluster.Silos),
            ProcessCosts.Cpu(self),
            ProcessCosts.MachineCpu(),
            batches,
            images);
    }

    /// <summary>What was used since.</summary>
    public Usage Since(Usage before) => new(
        At - before.At,
        Gateways - before.Gateways,
        Silos - before.Silos,
        Client - before.Client,
        Machine - before.Machine,
        Batches - before.Batches,
        BatchImages - before.BatchImages);

    private static async Task<double> SumAsync(LoadedCluster cluster, string metric, CancellationToken cancellationToken)
    {
        var sums = await Task.WhenAll(cluster.Silos.Select(silo => silo.SumAsync(metric, cancellationToken)));
        return sums.Sum();
    }
}
