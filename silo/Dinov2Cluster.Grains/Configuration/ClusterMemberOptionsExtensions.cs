using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dinov2Cluster.Grains.Configuration;

/// <summary>Binds and checks <see cref="ClusterMemberOptions"/>.</summary>
public static class ClusterMemberOptionsExtensions
{
    /// <summary>Adds the options; a bad value stops the start.</summary>
    public static IServiceCollection AddClusterMemberOptions(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ClusterMemberOptions>()
            .Bind(configuration.GetSection(ClusterMemberOptions.Section))
            .ValidateDataAnnotations()
            .Validate(
                options => IPAddress.TryParse(options.AdvertisedIp, out _),
                "Cluster:AdvertisedIp must be an IP address.")
            .ValidateOnStart();
        return services;
    }
}
