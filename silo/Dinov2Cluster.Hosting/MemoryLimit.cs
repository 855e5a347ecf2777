using System.Globalization;

namespace Dinov2Cluster.Hosting;

/// <summary>Most memory of the process before the system ends it.</summary>
public static class MemoryLimit
{
    /// <summary>Bytes: the container's limit, or the machine's memory when there is none.</summary>
    /// <remarks>The garbage collector's own limit is lower: three quarters in a container; models are outside its heap.</remarks>
    public static long Bytes { get; } = Read("/sys/fs/cgroup", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    // https://docs.kernel.org/admin-guide/cgroup-v2.html and https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
    internal static long Read(string cgroups, long machine)
    {
        foreach (var file in (string[])["memory.max", "memory/memory.limit_in_bytes"])
        {
            try
            {
                // "max" without a limit; version 1 then has a number far beyond any machine.
                var text = File.ReadAllText(Path.Combine(cgroups, file));
                return long.TryParse(text, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var limit) && limit < machine * 4 ? limit : machine;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The other version, or none.
            }
        }

        return machine;
    }
}
