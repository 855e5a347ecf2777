using System.Diagnostics;

namespace Dinov2Cluster.Benchmarks;

/// <summary>What several benchmarks compute.</summary>
internal static class Measurement
{
    /// <summary>The middle value, or the mean of the two.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>CPU time of a process, user and system, until now.</summary>
    public static TimeSpan Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }
}
