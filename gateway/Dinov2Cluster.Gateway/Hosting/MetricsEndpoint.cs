using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary><c>GET /metrics</c>, in Prometheus' format.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Maps the route. Prometheus needs no key for it; <see cref="GatewayOptions.ManagementUrl"/> keeps others away.</summary>
    public static IEndpointRouteBuilder MapMetrics(this IEndpointRouteBuilder routes)
    {
        routes.MapPrometheusScrapingEndpoint().AllowAnonymous().WithMetadata(new ManagementRoute(IsPublicToo: false));
        return routes;
    }
}
