using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Exports a host's telemetry.</summary>
public static class TelemetryExtensions
{
    /// <summary>Prometheus metrics at <c>/metrics</c>; with <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> set, all signals over OTLP too.</summary>
    public static IHostApplicationBuilder AddDinov2Telemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(serviceName, serviceVersion: GatewayVersion.Number))
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter());
        // The exporter's own variable: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Traces that nobody reads would cost every request all the same.
            telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation()).UseOtlpExporter();
        }

        return builder;
    }
}
