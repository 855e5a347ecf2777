using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Composes the HTTP side of the gateway. The router is the caller's.</summary>
internal static class GatewayHttpExtensions
{
    /// <summary>Adds the pipeline, the protocols and their options.</summary>
    public static IServiceCollection AddGatewayHttp(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection(GatewayOptions.Section))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<AdmissionOptions>().Bind(configuration.GetSection(AdmissionOptions.Section))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<CacheOptions>().Bind(configuration.GetSection(CacheOptions.Section))
            .ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<ImagingOptions>().Bind(configuration.GetSection("Imaging")).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<FetchOptions>().Bind(configuration.GetSection("Fetch")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddSingleton<IValidateOptions<FetchOptions>, FetchOptionsValidator>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, KestrelLimits>();

        services.AddSingleton<IPostConfigureOptions<HostOptions>, ShutdownTime>();
        services.AddSingleton<GatewayDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<GatewayDrain>());

        services.AddSingleton<Readiness>();

        services.AddMetrics();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<AdmissionControl>();
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<EmbeddingCache>();
        services.AddSingleton<IImageFetcher, ImageFetcher>();
        services.AddSingleton<ICropReader, CropReader>();
        services.AddSingleton<EmbeddingPipeline>();
        services.AddGatewayProtocols();
        return services;
    }

    /// <summary>Puts ids and errors around everything that is mapped.</summary>
    public static IApplicationBuilder UseGatewayHttp(this IApplicationBuilder app) =>
        app.UseMiddleware<DrainMiddleware>().UseMiddleware<RequestIdMiddleware>().UseMiddleware<ErrorBoundaryMiddleware>();
}
