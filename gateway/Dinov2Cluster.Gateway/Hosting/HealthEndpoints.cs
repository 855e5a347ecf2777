namespace Dinov2Cluster.Gateway.Hosting;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>.</summary>
internal static class HealthEndpoints
{
    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Live: the process answers. Ready: as <see cref="Readiness"/> says.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health/live", _methods, () => Results.Text("Healthy"));
        routes.MapMethods("/health/ready", _methods, (HttpContext context, Readiness readiness) =>
            readiness.WhyNot() is { } reason
                ? JsonMessage.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, reason)
                : Results.Text("Ready").ExecuteAsync(context));
        return routes;
    }
}
