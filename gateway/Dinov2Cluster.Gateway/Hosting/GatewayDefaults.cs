using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Settings that every host of a gateway starts from.</summary>
public static class GatewayDefaults
{
    /// <summary>Puts the defaults below everything else.</summary>
    public static IConfigurationManager AddDinov2GatewayDefaults(this IConfigurationManager configuration) =>
        configuration.AddDinov2Defaults(new KeyValuePair<string, string?>("urls", "http://127.0.0.1:8080"));
}
