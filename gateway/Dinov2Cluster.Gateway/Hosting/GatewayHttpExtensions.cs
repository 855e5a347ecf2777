using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.OpenApi;
using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Composes the HTTP side of the gateway. The caller brings the router.</summary>
internal static class GatewayHttpExtensions
{
    /// <summary>Adds the pipeline, the protocols and their options.</summary>
    public static IServiceCollection AddGatewayHttp(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddCheckedOptions<GatewayOptions>(configuration.GetSection(GatewayOptions.Section));
        services.AddCheckedOptions<AdmissionOptions>(configuration.GetSection(AdmissionOptions.Section));
        services.AddCheckedOptions<CacheOptions>(configuration.GetSection(CacheOptions.Section));
        services.AddCheckedOptions<ImagingOptions>(configuration.GetSection("Imaging"));
        services.AddCheckedOptions<FetchOptions>(configuration.GetSection("Fetch"));
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddSingleton<IValidateOptions<FetchOptions>, FetchOptionsValidator>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<GatewayOptions>>(ServerLimits.Set);
        services.AddOptions<HostOptions>().PostConfigure<IOptions<GatewayOptions>>(ServerLimits.Set);
        services.AddSingleton<IMemoryPoolFactory<byte>, ConnectionMemoryPoolFactory>();

        services.AddSingleton<GatewayDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<GatewayDrain>());

        services.AddSingleton<GatewayReadiness>();

        services.AddMetrics();
        services.AddSingleton<GatewayMetrics>();
        services.AddActivatedSingleton<AdmissionMetrics>();
        services.AddSingleton<AdmissionControl>();
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<EmbeddingCache>();
        services.AddActivatedSingleton<CacheMetrics>();
        services.AddSingleton<IImageFetcher, ImageFetcher>();
        services.AddSingleton<ICropReader, CropReader>();
        services.AddSingleton<EmbeddingPipeline>();
        services.AddGatewaySecurity(configuration);
        services.AddGatewayProtocols();
        return services;
    }

    /// <summary>Puts ids, errors and guards around all routes. Routing has chosen the endpoint before.</summary>
    public static IApplicationBuilder UseGatewayHttp(this IApplicationBuilder app) =>
        app.UseMiddleware<DrainMiddleware>().UseMiddleware<RequestIdMiddleware>().UseMiddleware<ErrorBoundaryMiddleware>()
            .UseOpenApiPage().UseMiddleware<ManagementMiddleware>().UseAuthorization();
}
