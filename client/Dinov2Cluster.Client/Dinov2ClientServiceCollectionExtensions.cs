using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Client;

/// <summary>Registers the client for dependency injection.</summary>
public static class Dinov2ClientServiceCollectionExtensions
{
    /// <summary>
    /// Registers one <see cref="Dinov2Client"/>, also as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of <see cref="DataContent"/>, with the
    /// settings of a configuration section: <c>Address</c>, <c>ApiKey</c> and so on, as in <see cref="Dinov2ClientOptions"/>. They are validated
    /// when the host starts.
    /// </summary>
    public static IServiceCollection AddDinov2Client(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<Dinov2ClientOptions>().Bind(configuration);
        return services.AddClient();
    }

    /// <summary>
    /// Registers one <see cref="Dinov2Client"/>, also as <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of <see cref="DataContent"/>, with the
    /// settings that the delegate sets. They are validated when the host starts.
    /// </summary>
    public static IServiceCollection AddDinov2Client(this IServiceCollection services, Action<Dinov2ClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<Dinov2ClientOptions>().Configure(configure);
        return services.AddClient();
    }

    private static IServiceCollection AddClient(this IServiceCollection services)
    {
        services.AddOptions<Dinov2ClientOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<Dinov2ClientOptions>, Dinov2ClientOptionsValidator>());
        services.TryAddSingleton(provider => new Dinov2Client(
            provider.GetRequiredService<IOptions<Dinov2ClientOptions>>().Value,
            provider.GetService<ILoggerFactory>(),
            provider.GetService<TimeProvider>()));
        services.TryAddSingleton<IEmbeddingGenerator<DataContent, Embedding<float>>>(provider => provider.GetRequiredService<Dinov2Client>());
        return services;
    }
}
