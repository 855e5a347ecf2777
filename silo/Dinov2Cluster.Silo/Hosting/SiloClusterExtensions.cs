using System.Net;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Grains;
using Dinov2Cluster.Silo.Membership;
using Dinov2Cluster.Silo.Placement;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using Orleans.Services;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>Makes a silo a member of the cluster.</summary>
internal static class SiloClusterExtensions
{
    /// <summary>Configures name, endpoints, membership and placement.</summary>
    public static void ConfigureCluster(this ISiloBuilder silo, ClusterProvider provider)
    {
        silo.AddActivityPropagation();
        silo.Services.AddPlacementDirector<SiloPinnedPlacement, SiloPinnedPlacementDirector>();
        silo.Services.AddSingleton<IGrainService, SiloEndpoint>();
        switch (provider)
        {
            case ClusterProvider.Redis:
                silo.UseRestoringRedisClustering();
                Configure<RedisClusteringOptions>(silo, (options, member) => options.ConfigurationOptions = RedisConfiguration.Parse(member.Redis));
                break;
            default:
                silo.UseDevelopmentClustering((OptionsBuilder<DevelopmentClusterMembershipOptions> development) => { });
                Configure<DevelopmentClusterMembershipOptions>(silo, (options, member) =>
                    options.PrimarySiloEndpoint = new(MemberAddress.Resolve(member.AdvertisedIp), member.PrimaryPort));
                break;
        }

        Configure<EndpointOptions>(silo, SetEndpoints);
        silo.Services.AddOptions<ListenAddresses>().Configure<IOptions<EndpointOptions>>((addresses, endpoints) =>
        {
            var options = endpoints.Value;
            addresses.Add("Cluster:SiloPort", options.SiloListeningEndpoint ?? new(options.AdvertisedIPAddress, options.SiloPort));
            addresses.Add("Cluster:GatewayPort", options.GatewayListeningEndpoint ?? new(options.AdvertisedIPAddress, options.GatewayPort));
        });
        Configure<Orleans.Configuration.SiloOptions>(silo, (options, member) => options.SiloName = member.SiloName);
        silo.Configure<ClusterMembershipOptions>(MembershipTimes.Set);
        // Off by default: images of a timed-out call would stay in the queue.
        silo.Configure<SiloMessagingOptions>(options => options.CancelRequestOnTimeout = true);
    }

    internal static void SetEndpoints(EndpointOptions options, ClusterMemberOptions member)
    {
        var address = MemberAddress.Resolve(member.AdvertisedIp);
        options.AdvertisedIPAddress = address;
        options.SiloPort = member.SiloPort;
        options.GatewayPort = member.GatewayPort;
        if (!IPAddress.IsLoopback(address))
        {
            // This machine may not have the advertised address, if it is translated.
            var any = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
            options.SiloListeningEndpoint = new(any, member.SiloPort);
            options.GatewayListeningEndpoint = new(any, member.GatewayPort);
        }
    }

    private static void Configure<TOptions>(ISiloBuilder silo, Action<TOptions, ClusterMemberOptions> configure)
        where TOptions : class =>
        silo.Services.AddOptions<TOptions>().Configure<IOptions<ClusterMemberOptions>>((options, member) => configure(options, member.Value));
}
