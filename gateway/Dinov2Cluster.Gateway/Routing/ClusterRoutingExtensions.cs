using System.Security.Cryptography;
using Dinov2Cluster.Gateway.Configuration;

namespace Dinov2Cluster.Gateway.Routing;

/// <summary>Composes the router. The host adds the catalog and the device client.</summary>
internal static class ClusterRoutingExtensions
{
    /// <summary>Adds the router, its probes and their options.</summary>
    public static IServiceCollection AddClusterRouting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RoutingOptions>().Bind(configuration.GetSection(RoutingOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<RoutingMetrics>();
        services.AddSingleton<RetryBudget>();
        // With equal seeds, all gateways would pick the same device.
        services.AddSingleton(provider => new DevicePicker(
            new Random(RandomNumberGenerator.GetInt32(int.MaxValue)), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<GroupSplitter>();
        services.AddSingleton<PartSender>();
        services.AddSingleton<IEmbeddingRouter, ClusterRouter>();
        services.AddHostedService<DeviceProber>();
        return services;
    }
}

/// <summary>Keeps trying to reach the cluster: a gateway may start before its first silo.</summary>
internal sealed class ClusterConnectRetryFilter(TimeProvider time, ILogger<ClusterConnectRetryFilter> logger) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        RoutingLog.ClusterConnectFailed(logger, exception);
        await Task.Delay(_period, time, cancellationToken);
        return true;
    }
}
