using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>What a silo that runs on its own adds: its HTTP address and its telemetry.</summary>
internal static class SiloHttpExtensions
{
    /// <summary>Listens on <c>Silo:HttpUrl</c>, and exports telemetry.</summary>
    public static WebApplicationBuilder AddDinov2SiloHttp(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<SiloOptions>().Bind(builder.Configuration.GetSection(SiloOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
        builder.WebHost.UseUrls(HttpUrl(builder.Configuration));

        builder.AddDinov2Telemetry("dinov2-silo");
        return builder;
    }

    /// <summary>Where the silo's own routes are.</summary>
    public static string HttpUrl(IConfiguration configuration) =>
        configuration.GetSection(SiloOptions.Section).Get<SiloOptions>()?.HttpUrl ?? new SiloOptions().HttpUrl;
}
