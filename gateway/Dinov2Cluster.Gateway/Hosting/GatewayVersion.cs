using System.Reflection;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>The gateway's version.</summary>
internal static class GatewayVersion
{
    /// <summary>Without the source revision that the build appends after a plus sign.</summary>
    public static string Number { get; } =
        typeof(GatewayVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
