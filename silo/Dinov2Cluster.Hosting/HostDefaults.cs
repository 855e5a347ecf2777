using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Dinov2Cluster.Hosting;

/// <summary>Default settings of every host; any other configuration source overrides them.</summary>
public static class HostDefaults
{
    private static readonly KeyValuePair<string, string?>[] _logLevels =
    [
        new("Logging:LogLevel:Orleans", "Warning"),
        // Orleans places calls through Polly, which logs each one.
        new("Logging:LogLevel:Polly", "Warning"),
        // A silo's first check compares with the machine's uptime and always logs a warning.
        new("Logging:LogLevel:Orleans.Runtime.Watchdog", "Error"),
        // A grain service logs every change of a ring of silos that silo endpoints do not use.
        new("Logging:LogLevel:Dinov2Cluster.Silo.Grains.SiloEndpoint", "Warning"),
        new("Logging:LogLevel:Microsoft", "Warning"),
        new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    /// <summary>Adds the defaults below all other sources.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="own">Defaults of this host alone.</param>
    public static IConfigurationManager AddDinov2Defaults(this IConfigurationManager configuration, params IEnumerable<KeyValuePair<string, string?>> own)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = _logLevels.Concat(own) });
        return configuration;
    }
}
