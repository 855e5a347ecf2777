using System.ComponentModel.DataAnnotations;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Silo.Models;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>What a silo in a process of its own adds: its HTTP address, routes and telemetry.</summary>
internal static class SiloHttpExtensions
{
    /// <summary>Listens on <c>Silo:HttpUrl</c>, and exports telemetry.</summary>
    public static WebApplicationBuilder AddDinov2SiloHttp(this WebApplicationBuilder builder)
    {
        builder.Services.AddCheckedOptions<SiloOptions>(builder.Configuration.GetSection(SiloOptions.Section));
        builder.Services.AddOptions<ListenAddresses>().Configure<IOptions<SiloOptions>>(
            (addresses, silo) => addresses.AddUrl("Silo:HttpUrl", silo.Value.HttpUrl));
        builder.WebHost.UseUrls(HttpUrl(builder.Configuration));
        builder.AddDinov2Telemetry("dinov2-silo");
        return builder;
    }

    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>.</summary>
    public static void MapDinov2Silo(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("Healthy"));
        routes.MapGet("/health/ready", (ModelHost host) => host.State == ModelHostState.Ready
            ? Results.Text("Ready")
            : Results.Text(host.State.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable));
        routes.MapPrometheusScrapingEndpoint();
    }

    /// <summary>Where the silo's own routes are.</summary>
    public static string HttpUrl(IConfiguration configuration) =>
        configuration.GetSection(SiloOptions.Section).Get<SiloOptions>()?.HttpUrl ?? new SiloOptions().HttpUrl;
}

/// <summary>Section <c>Silo</c>.</summary>
public sealed class SiloOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Silo";

    /// <summary>Address of the silo's own <c>/health/*</c> and <c>/metrics</c>.</summary>
    [Required, Url]
    public string HttpUrl { get; set; } = "http://127.0.0.1:9090";
}
