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

/// <summary>Adds a silo to a host: devices, models, membership.</summary>
public static class SiloHostingExtensions
{
    /// <summary>Adds the silo.</summary>
    public static IHostApplicationBuilder AddDinov2Silo(this IHostApplicationBuilder builder)
    {
        builder.Services.AddClusterMemberOptions(builder.Configuration);
        builder.Services.AddCheckedOptions<ModelRepositoryOptions>(builder.Configuration.GetSection(ModelRepositoryOptions.Section));
        builder.Services.AddSingleton<IValidateOptions<InferenceOptions>, InferenceOptionsValidator>();
        builder.Services.AddCheckedOptions<InferenceOptions>(builder.Configuration);
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
        // From the start, not from the first call: alerts need values.
        builder.Services.ActivateSingleton<ModelMetrics>();
        builder.Services.ConfigureOpenTelemetryTracerProvider(traces => traces.AddSource(InferenceMetrics.MeterName, "Microsoft.Orleans.Application"));
        return builder;
    }
}
