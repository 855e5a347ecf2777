using System.Net;
using Dinov2Cluster.Grains.Configuration;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Silo.Models;
using Dinov2Cluster.Silo.Placement;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Orleans.Configuration;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>Puts a silo into a host: its devices, its models, its place in the cluster.</summary>
public static class SiloHostingExtensions
{
    /// <summary>Adds the silo.</summary>
    public static IHostApplicationBuilder AddDinov2Silo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddClusterMemberOptions(builder.Configuration);
        builder.Services.AddOptions<ModelsOptions>()
            .Bind(builder.Configuration.GetSection(ModelsOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        builder.Services.AddOptions<InferenceOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<InferenceMetrics>();
        builder.Services.AddSingleton<InferenceEngineFactory>();
        builder.Services.AddSingleton(services => new ModelRepository(services.GetRequiredService<IOptions<ModelsOptions>>().Value.Repository));
        builder.Services.AddSingleton<ModelHost>();

        builder.UseOrleans(ConfigureOrleans);
        // After Orleans, so that the host stops it first: the queue is finished while the silo can still answer.
        builder.Services.AddHostedService<ModelHostService>();

        builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(InferenceMetrics.MeterName, "Microsoft.Orleans"));
        builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource(InferenceMetrics.MeterName, "Microsoft.Orleans.Application"));
        return builder;
    }

    private static void ConfigureOrleans(ISiloBuilder silo)
    {
        silo.AddActivityPropagation();
        silo.Services.AddPlacementDirector<SiloPinnedPlacement, SiloPinnedPlacementDirector>();
        silo.UseDevelopmentClustering((OptionsBuilder<DevelopmentClusterMembershipOptions> development) => development
            .Configure<IOptions<ClusterMemberOptions>>((options, member) =>
                options.PrimarySiloEndpoint = new IPEndPoint(IPAddress.Parse(member.Value.AdvertisedIp), member.Value.PrimaryPort)));
        Configure<EndpointOptions>(silo, (options, member) =>
        {
            options.AdvertisedIPAddress = IPAddress.Parse(member.AdvertisedIp);
            options.SiloPort = member.SiloPort;
            options.GatewayPort = member.GatewayPort;
        });
        Configure<ClusterOptions>(silo, (options, member) =>
        {
            options.ClusterId = member.ClusterId;
            options.ServiceId = member.ServiceId;
        });
        Configure<Orleans.Configuration.SiloOptions>(silo, (options, member) => options.SiloName = member.SiloName);
        // Off by default: without it a caller's time-out leaves its images in the queue.
        silo.Configure<SiloMessagingOptions>(options => options.CancelRequestOnTimeout = true);
    }

    private static void Configure<TOptions>(ISiloBuilder silo, Action<TOptions, ClusterMemberOptions> configure)
        where TOptions : class =>
        silo.Services.AddOptions<TOptions>().Configure<IOptions<ClusterMemberOptions>>((options, member) => configure(options, member.Value));
}
