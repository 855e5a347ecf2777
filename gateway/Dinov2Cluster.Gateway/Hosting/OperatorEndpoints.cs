using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary><c>GET /health/live</c>, <c>GET /health/ready</c> and <c>GET /metrics</c>.</summary>
internal static class OperatorEndpoints
{
    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Live: the process answers. Ready: see <see cref="GatewayReadiness"/>.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous().WithMetadata(new ManagementRoute(IsPublicToo: true));
        health.MapMethods("/live", _methods, () => Results.Text("Healthy"));
        health.MapMethods("/ready", _methods, (HttpContext context, GatewayReadiness readiness) =>
            readiness.WhyNot is { } reason
                ? JsonMessage.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, reason)
                : Results.Text("Ready").ExecuteAsync(context));
        return routes;
    }

    /// <summary>Metrics in Prometheus' format. Prometheus needs no key for them; <see cref="GatewayOptions.ManagementUrl"/> keeps others away.</summary>
    public static IEndpointRouteBuilder MapMetrics(this IEndpointRouteBuilder routes)
    {
        routes.MapPrometheusScrapingEndpoint().AllowAnonymous().WithMetadata(new ManagementRoute(IsPublicToo: false));
        return routes;
    }
}
