using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Joins a gateway to a cluster of separate silo processes.</summary>
public static class ClusterClientExtensions
{
    /// <summary>Adds the cluster client. It retries until a silo answers; until then the gateway is alive but not ready.</summary>
    public static IHostApplicationBuilder AddDinov2ClusterClient(this IHostApplicationBuilder builder)
    {
        builder.Services.AddClusterMemberOptions(builder.Configuration);
        // Otherwise the web server would wait for the first silo, and liveness probes would fail.
        builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = true);
        builder.UseOrleansClient(client =>
        {
            switch (builder.Configuration.GetClusterProvider())
            {
                case ClusterProvider.Redis:
                    client.UseRedisClustering(configuration: null!);
                    // The last registration counts.
                    client.Services.AddSingleton<SiloEndpointList>();
                    client.Services.AddSingleton<IGatewayListProvider>(services => services.GetRequiredService<SiloEndpointList>());
                    client.Services.AddSingleton<IClusterMembers>(services => services.GetRequiredService<SiloEndpointList>());
                    client.Services.AddOptions<RedisClusteringOptions>().Configure<IOptions<ClusterMemberOptions>>(
                        (redis, member) => redis.ConfigurationOptions = RedisConfiguration.Parse(member.Value.Redis));
                    break;
                default:
                    client.UseStaticClustering(gateways => gateways.Configure<IOptions<ClusterMemberOptions>>(
                        (list, member) => list.Gateways = [SiloEndpoint(member.Value)]));
                    break;
            }

            // A new silo must get work within 3 s of being ready, even when it is the only one; the default is a minute.
            client.Configure<Orleans.Configuration.GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            client.UseConnectionRetryFilter<ClusterConnectRetryFilter>();
            client.Services.AddOptions<ClientMessagingOptions>().Configure<IOptions<Configuration.GatewayOptions>>((messaging, gateway) =>
            {
                // The request's own deadline ends a call; this is the safety net.
                messaging.ResponseTimeout = gateway.Value.Deadline + TimeSpan.FromSeconds(5);
                messaging.CancelRequestOnTimeout = true;
            });
        });
        return builder;
    }

    /// <summary>The silo endpoint of a cluster without Redis.</summary>
    internal static Uri SiloEndpoint(ClusterMemberOptions member) =>
        SiloAddress.New(MemberAddress.Resolve(member.AdvertisedIp), member.GatewayPort, 0).ToGatewayUri();
}
