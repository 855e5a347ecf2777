using Microsoft.Extensions.Configuration.Memory;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Settings that every host of a gateway starts from; any other source of configuration overrides them.</summary>
public static class GatewayDefaults
{
    private static readonly KeyValuePair<string, string?>[] Values =
    [
        new("urls", "http://127.0.0.1:8080"),
        new("Logging:LogLevel:Orleans", "Warning"),
        // Orleans places calls through Polly, which tells of each one.
        new("Logging:LogLevel:Polly", "Warning"),
        new("Logging:LogLevel:Microsoft", "Warning"),
        new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Information"),
    ];

    /// <summary>Puts the defaults below everything else.</summary>
    public static IConfigurationManager AddDinov2GatewayDefaults(this IConfigurationManager configuration)
    {
        configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Values });
        return configuration;
    }
}
