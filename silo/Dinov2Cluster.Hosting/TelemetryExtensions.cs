using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Dinov2Cluster.Hosting;

/// <summary>Exports a host's telemetry.</summary>
public static class TelemetryExtensions
{
    /// <summary>Exports Prometheus metrics at <c>/metrics</c>; with <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> set, all signals over OTLP too.</summary>
    public static IHostApplicationBuilder AddDinov2Telemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(serviceName, serviceVersion: HostVersion.Number))
            .WithMetrics(metrics => metrics.AddRuntimeInstrumentation().AddPrometheusExporter());
        // The exporter's own variable: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Without a reader, traces would still cost every request.
            telemetry.WithTracing().UseOtlpExporter();
        }

        return builder;
    }
}
