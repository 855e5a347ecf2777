using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Cluster;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Gateway.Telemetry;
using Dinov2Cluster.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Adds a gateway to a host.</summary>
public static class GatewayHostingExtensions
{
    /// <summary>Adds the default settings that every host of a gateway starts from, below all other sources.</summary>
    public static IConfigurationManager AddDinov2GatewayDefaults(this IConfigurationManager configuration) =>
        configuration.AddDinov2Defaults(new KeyValuePair<string, string?>("urls", "http://127.0.0.1:8080"));

    /// <summary>Adds protocols, pipeline and routing. The host adds grains: by <see cref="ClusterClientExtensions"/>, or a silo of its own.</summary>
    public static IHostApplicationBuilder AddDinov2Gateway(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddGatewayHttp(builder.Configuration);
        services.AddOptions<DefaultModelOptions>().Bind(builder.Configuration.GetSection(DefaultModelOptions.Section));
        services.AddOptions<ListenAddresses>().Configure<IOptions<GatewayOptions>>((addresses, options) =>
        {
            foreach (var (setting, url) in GatewayAddresses.All(builder.Configuration, options.Value))
            {
                addresses.AddUrl(setting, url);
            }
        });
        services.TryAddSingleton<IClusterMembers, GrainClusterMembers>();
        services.AddSingleton<IClusterCatalog, GrainClusterCatalog>();
        services.AddSingleton<IDeviceClient, GrainDeviceClient>();
        services.AddSingleton<ClusterWatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<ClusterWatcher>());
        services.AddClusterRouting(builder.Configuration);
        services.AddSingleton<ClusterReportReader>();

        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(GatewayMetrics.Name).AddAspNetCoreInstrumentation());
        // From the start, not from the first request: alerts need values.
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
