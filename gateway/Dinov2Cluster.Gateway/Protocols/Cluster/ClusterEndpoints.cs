using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.Cluster;

/// <summary><c>GET /cluster</c>: silos, devices and models as this gateway sees them.</summary>
internal static class ClusterEndpoints
{
    /// <summary>Maps the route. It names machines, so it is for the operators' network, as <c>/metrics</c> is.</summary>
    public static IEndpointRouteBuilder MapCluster(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/cluster", (ClusterReportReader status) => Results.Json(status.Read(), ClusterStatusJson.Default.ClusterStatus))
            .WithMetadata(new ManagementRoute(IsPublicToo: false));
        return routes;
    }
}
