using System.Reflection;

namespace Dinov2Cluster.Hosting;

/// <summary>The version of this build.</summary>
public static class HostVersion
{
    /// <summary>The version with the source revision, which the build appends after a plus sign.</summary>
    public static string WithRevision { get; } = typeof(HostVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The version alone.</summary>
    public static string Number { get; } = WithRevision.Split('+')[0];
}
