using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dinov2Cluster.Grains.Configuration;

/// <summary>Lets a host with bad settings name all of them at once.</summary>
public static class CheckingServiceProviderExtensions
{
    /// <summary>Checks all options that are validated at the start before any service is made.</summary>
    public static IHostApplicationBuilder CheckSettingsFirst(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // As the hosts themselves have it.
        var isDevelopment = builder.Environment.IsDevelopment();
        builder.ConfigureContainer(
            new CheckingServiceProviderFactory(new ServiceProviderOptions { ValidateScopes = isDevelopment, ValidateOnBuild = isDevelopment }));
        return builder;
    }
}
