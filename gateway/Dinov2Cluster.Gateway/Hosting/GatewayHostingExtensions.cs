using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Cluster;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Puts a gateway into a host.</summary>
public static class GatewayHostingExtensions
{
    /// <summary>Adds protocols, pipeline and routing. The host brings the way to the grains: <see cref="ClusterClientExtensions"/>, or a silo of its own.</summary>
    public static IHostApplicationBuilder AddDinov2Gateway(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddGatewayHttp(builder.Configuration);
        services.AddOptions<ModelsOptions>().Bind(builder.Configuration.GetSection(ModelsOptions.Section));
        services.TryAddSingleton<IClusterMembers, GrainClusterMembers>();
        services.AddSingleton<IClusterCatalog, GrainClusterCatalog>();
        services.AddSingleton<IDeviceClient, GrainDeviceClient>();
        services.AddSingleton<ClusterWatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<ClusterWatcher>());
        services.AddClusterRouting(builder.Configuration);
        services.AddSingleton<ClusterReportReader>();

        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(GatewayMetrics.Name).AddAspNetCoreInstrumentation());
        // From the start on, not from the first request: what isn't there can't be alerted on.
        services.ActivateSingleton<GatewayMetrics>();
        services.ActivateSingleton<RoutingMetrics>();
        services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource(GatewayMetrics.Name).AddAspNetCoreInstrumentation());
        return builder;
    }

    /// <summary>Maps every route of the gateway.</summary>
    public static WebApplication MapDinov2Gateway(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        Array.ForEach(GatewayAddresses.Additional(app.Configuration, options), app.Urls.Add);
        app.UseGatewayHttp();
        app.MapGatewayProtocols();
        app.MapHealth();
        app.MapCluster();
        app.MapMetrics();
        return app;
    }
}
