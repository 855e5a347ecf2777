using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Dinov2Cluster.Hosting;

/// <summary>Binds and checks <see cref="ClusterMemberOptions"/>, and passes the ids of the cluster on to Orleans.</summary>
public static class ClusterMemberOptionsExtensions
{
    /// <summary>Adds the options; a bad value stops the start.</summary>
    public static IServiceCollection AddClusterMemberOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<ClusterMemberOptions>, ClusterMemberOptionsValidator>();
        services.AddCheckedOptions<ClusterMemberOptions>(configuration.GetSection(ClusterMemberOptions.Section));
        services.AddOptions<ClusterOptions>().Configure<IOptions<ClusterMemberOptions>>((cluster, member) =>
        {
            cluster.ClusterId = member.Value.ClusterId;
            cluster.ServiceId = member.Value.ServiceId;
        });
        return services;
    }

    /// <summary>Where the cluster keeps its membership. Read before options exist, since the services depend on it.</summary>
    public static ClusterProvider GetClusterProvider(this IConfiguration configuration) =>
        configuration.GetSection(ClusterMemberOptions.Section).GetValue(nameof(ClusterMemberOptions.Provider), ClusterProvider.Localhost);
}
