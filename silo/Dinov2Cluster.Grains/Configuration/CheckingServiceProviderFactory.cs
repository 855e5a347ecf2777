using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Grains.Configuration;

/// <summary>
/// Checks every setting as soon as there are services. Whatever is made after that, even while the host is built, may read the settings: a bad
/// one of its own would end the start, and hide the others.
/// </summary>
internal sealed class CheckingServiceProviderFactory(ServiceProviderOptions options) : IServiceProviderFactory<IServiceCollection>
{
    public IServiceCollection CreateBuilder(IServiceCollection services) => services;

    public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder)
    {
        var services = containerBuilder.BuildServiceProvider(options);
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return services;
        }
        catch
        {
            services.Dispose();
            throw;
        }
    }
}
