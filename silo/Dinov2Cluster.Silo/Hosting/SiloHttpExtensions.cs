using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>What a silo that runs on its own adds: its HTTP address and its telemetry.</summary>
internal static class SiloHttpExtensions
{
    // Without the source revision that the build appends after a plus sign.
    private static readonly string Version =
        typeof(SiloHttpExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Listens on <c>Silo:HttpUrl</c>, and exports telemetry.</summary>
    public static WebApplicationBuilder AddDinov2SiloHttp(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<SiloOptions>().Bind(builder.Configuration.GetSection(SiloOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        builder.WebHost.UseUrls(HttpUrl(builder.Configuration));

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("dinov2-silo", serviceVersion: Version))
            .WithMetrics(metrics => metrics.AddRuntimeInstrumentation().AddPrometheusExporter());
        // The exporter's own variable: https://opentelemetry.io/docs/specs/otel/protocol/exporter/
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.WithTracing().UseOtlpExporter();
        }

        return builder;
    }

    /// <summary>Where the silo's own routes are.</summary>
    public static string HttpUrl(IConfiguration configuration) =>
        configuration.GetSection(SiloOptions.Section).Get<SiloOptions>()?.HttpUrl ?? new SiloOptions().HttpUrl;
}
