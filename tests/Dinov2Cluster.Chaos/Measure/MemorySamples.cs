using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Chaos.Measure;

/// <summary>Resident memory of processes over a run, every half second.</summary>
internal sealed class MemorySamples(IReadOnlyList<HostProcess> hosts)
{
    private static readonly TimeSpan _period = TimeSpan.FromMilliseconds(500);

    private readonly List<long[]> _samples = [];

    /// <summary>Samples until the run ends.</summary>
    public async Task RunAsync(Task run)
    {
        while (!run.IsCompleted)
        {
            _samples.Add([.. hosts.Select(ProcessCosts.ResidentBytes)]);
            await Task.WhenAny(run, Task.Delay(_period));
        }
    }

    /// <summary>Megabytes of one process around a share of the run's length: the median of a tenth of it, since a collection shows as a dent.</summary>
    public double MegabytesAt(int host, double share)
    {
        var middle = share * (_samples.Count - 1);
        var around = _samples.Where((_, index) => Math.Abs(index - middle) <= 0.05 * _samples.Count).Select(sample => sample[host]).Order().ToArray();
        return around[around.Length / 2] / 1e6;
    }
}
