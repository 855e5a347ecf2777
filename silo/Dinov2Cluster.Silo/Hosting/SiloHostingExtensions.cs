using Dinov2Cluster.Hosting;
using Dinov2Cluster.Inference;
using Dinov2Cluster.Inference.Telemetry;
using Dinov2Cluster.Model.Repository;
using Dinov2Cluster.Silo.Grains;
using Dinov2Cluster.Silo.Models;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>Puts a silo into a host: its devices, its models, its place in the cluster.</summary>
public static class SiloHostingExtensions
{
    /// <summary>Adds the silo.</summary>
    public static IHostApplicationBuilder AddDinov2Silo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddClusterMemberOptions(builder.Configuration);
        builder.Services.AddOptions<ModelRepositoryOptions>()
            .Bind(builder.Configuration.GetSection(ModelRepositoryOptions.Section))
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        builder.Services.AddOptions<InferenceOptions>().Bind(builder.Configuration).ValidateOnStart();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<InferenceMetrics>();
        builder.Services.AddSingleton<InferenceEngineFactory>();
        builder.Services.AddSingleton(services => new ModelRepository(services.GetRequiredService<IOptions<ModelRepositoryOptions>>().Value.Repository));
        builder.Services.AddSingleton<ModelHost>();
        builder.Services.AddSingleton<ModelMetrics>();
        builder.Services.AddSingleton<SiloEndpointMetrics>();
        builder.Services.AddSingleton<DeviceCalls>();

        builder.UseOrleans(silo => silo.ConfigureCluster(builder.Configuration.GetClusterProvider()));
        // After Orleans, so that the host stops it first: the queue is finished while the silo can still answer.
        builder.Services.AddHostedService<ModelHostService>();

        builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter(InferenceMetrics.MeterName, SiloMeter.Name, "Microsoft.Orleans"));
        // From the start on, not from the first call: what isn't there can't be alerted on.
        builder.Services.ActivateSingleton<ModelMetrics>();
        builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource(InferenceMetrics.MeterName, "Microsoft.Orleans.Application"));
        return builder;
    }
}
