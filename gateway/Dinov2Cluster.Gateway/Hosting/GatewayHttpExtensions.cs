using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Caching;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.OpenApi;
using Dinov2Cluster.Gateway.Security;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Imaging.Fetch;
using Microsoft.AspNetCore.Connections;
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
        services.AddSingleton<IMemoryPoolFactory<byte>, ConnectionMemoryPoolFactory>();

        services.AddSingleton<IPostConfigureOptions<HostOptions>, ShutdownTime>();
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

    /// <summary>Puts ids, errors and guards around everything that is mapped. Routing has chosen the endpoint before.</summary>
    public static IApplicationBuilder UseGatewayHttp(this IApplicationBuilder app)
    {
        var managementPort = GatewayAddresses.Port(app.ApplicationServices.GetRequiredService<IOptions<GatewayOptions>>().Value.ManagementUrl);
        return app.UseMiddleware<DrainMiddleware>().UseMiddleware<RequestIdMiddleware>().UseMiddleware<ErrorBoundaryMiddleware>()
            .UseOpenApiPage().UseMiddleware<ManagementMiddleware>()
            .UseWhen(context => context.Connection.LocalPort != managementPort, open => open.UseMiddleware<AuthenticationMiddleware>());
    }
}
