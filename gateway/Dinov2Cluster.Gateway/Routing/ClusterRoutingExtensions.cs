using System.Security.Cryptography;
using Dinov2Cluster.Gateway.Configuration;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Composes the router. The catalog and the way to a device are the caller's.</summary>
internal static class ClusterRoutingExtensions
{
    /// <summary>Adds the router, its probes and their options.</summary>
    public static IServiceCollection AddClusterRouting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RoutingOptions>().Bind(configuration.GetSection(RoutingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<RoutingMetrics>();
        services.AddSingleton<RetryBudget>();
        // Gateways that pick by the same numbers would all pick the same device.
        services.AddSingleton(provider => new DevicePicker(
            new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<GroupSplitter>();
        services.AddSingleton<PartSender>();
        services.AddSingleton<IEmbeddingRouter, ClusterRouter>();
        services.AddHostedService<DeviceProber>();
        return services;
    }
}
