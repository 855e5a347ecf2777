using System.Reflection;

namespace Dinov2Cluster.Hosting;

/// <summary>The version of this build.</summary>
public static class HostVersion
{
    /// <summary>The version without the source revision that the build appends after a plus sign.</summary>
    public static string Number { get; } =
        typeof(HostVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
