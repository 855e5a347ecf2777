using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Http;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary><c>GET /cluster</c>: silos, devices and models as this gateway sees them.</summary>
internal static class ClusterEndpoints
{
    /// <summary>Maps the route. It names machines: without <see cref="GatewayOptions.ManagementUrl"/>, for the operators' network, it needs a key.</summary>
    public static IEndpointRouteBuilder MapCluster(this IEndpointRouteBuilder routes)
    {
        var route = routes.MapGet("/cluster", (ClusterReportReader status) => Results.Json(status.Read(), ClusterStatusJson.Default.ClusterStatus))
            .WithMetadata(new ManagementRoute(IsPublicToo: false));
        if (routes.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value.ManagementUrl.Length > 0)
        {
            route.AllowAnonymous();
        }

        return routes;
    }
}
