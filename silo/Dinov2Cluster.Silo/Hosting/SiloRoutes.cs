using Dinov2Cluster.Silo.Models;

namespace Dinov2Cluster.Silo.Hosting;

/// <summary>A silo's own HTTP routes.</summary>
internal static class SiloRoutes
{
    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>.</summary>
    public static void MapDinov2Silo(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Text("Healthy"));
        routes.MapGet("/health/ready", (ModelHost host) => host.State == ModelHostState.Ready
            ? Results.Text("Ready")
            : Results.Text(host.State.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable));
        routes.MapPrometheusScrapingEndpoint();
    }
}
