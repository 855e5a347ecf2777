using Microsoft.Extensions.Configuration.Memory;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>Settings that every host of a silo starts from; any other source of configuration overrides them.</summary>
public static class SiloDefaults
{
    private static readonly KeyValuePair<string, string?>[] Values =
    [
        new("Logging:LogLevel:Orleans", "Warning"),
        // Orleans places calls through Polly, which tells of each one.
        new("Logging:LogLevel:Polly", "Warning"),
        // Its first check compares with the machine's uptime and always complains.
        new("Logging:LogLevel:Orleans.Runtime.Watchdog", "Error"),
        new("Logging:LogLevel:Microsoft", "Warning"),
        new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    /// <summary>Puts the defaults below everything else.</summary>
    public static IConfigurationManager AddDinov2SiloDefaults(this IConfigurationManager configuration)
    {
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Values });
        return configuration;
    }
}
