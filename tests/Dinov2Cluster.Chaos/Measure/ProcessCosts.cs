using System.Diagnostics;
using System.Globalization;
using Dinov2Cluster.TestSupport;

namespace Dinov2Cluster.Chaos.Measure;

/// <summary>What processes use of the machine, from <c>/proc</c>.</summary>
internal static class ProcessCosts
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    /// <summary>CPU time, user and system, of all of them until now.</summary>
    public static TimeSpan Cpu(IEnumerable<HostProcess> hosts) => hosts.Aggregate(TimeSpan.Zero, (sum, host) => sum + Cpu(host.Process));

    /// <summary>CPU time, user and system, until now.</summary>
    public static TimeSpan Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime;
    }

    /// <summary>Resident memory now, in bytes.</summary>
    public static long ResidentBytes(HostProcess host)
    {
        host.Process.Refresh();
        return host.Process.WorkingSet64;
    }

    /// <summary>CPU time that the whole machine has worked, every process of it; see proc_stat(5).</summary>
    public static TimeSpan MachineCpu()
    {
        // cpu user nice system idle iowait irq softirq steal ...
        var times = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)).ToArray();
        var busy = times.Take(8).Sum() - times[3] - times[4];
        return TimeSpan.FromSeconds(busy / TicksPerSecond);
    }
}
