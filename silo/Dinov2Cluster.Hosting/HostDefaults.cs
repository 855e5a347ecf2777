using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Dinov2Cluster.Hosting;

/// <summary>Settings that every host starts from; any other source of configuration overrides them.</summary>
public static class HostDefaults
{
    private static readonly KeyValuePair<string, string?>[] LogLevels =
    [
        new("Logging:LogLevel:Orleans", "Warning"),
        // Orleans places calls through Polly, which tells of each one.
        new("Logging:LogLevel:Polly", "Warning"),
        // A silo's first check compares with the machine's uptime and always complains.
        new("Logging:LogLevel:Orleans.Runtime.Watchdog", "Error"),
        // A grain service tells of every change of a ring of silos that the door does not use.
        new("Logging:LogLevel:Dinov2Cluster.Silo.Grains.SiloEndpoint", "Warning"),
        new("Logging:LogLevel:Microsoft", "Warning"),
        new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    /// <summary>Puts the defaults below everything else.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <param name="own">Defaults of this host alone.</param>
    public static IConfigurationManager AddDinov2Defaults(this IConfigurationManager configuration, params IEnumerable<KeyValuePair<string, string?>> own)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = LogLevels.Concat(own) });
        return configuration;
    }
}
