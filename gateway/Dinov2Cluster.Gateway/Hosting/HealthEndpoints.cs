using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>.</summary>
internal static class HealthEndpoints
{
    private static readonly string[] _methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Live: the process answers. Ready: a device serves the default model, or some model when none is named as default, and no shutdown has begun.</summary>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").AllowAnonymous().WithMetadata(new ManagementRoute(IsPublicToo: true));
        health.MapMethods("/live", _methods, () => Results.Text("Healthy"));
        health.MapMethods("/ready", _methods, (HttpContext context, IEmbeddingRouter router, GatewayDrain drain, IOptions<ModelsOptions> models) =>
            WhyNotReady(router, drain, models.Value.Default) is { } reason
                ? JsonMessage.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, reason)
                : Results.Text("Ready").ExecuteAsync(context));
        return routes;
    }

    /// <summary>What is missing, for clients; null when nothing is.</summary>
    public static string? WhyNotReady(IEmbeddingRouter router, GatewayDrain drain, string? defaultModel) =>
        drain.HasBegun ? "The gateway is shutting down." : IsServed(router, defaultModel) ? null : "No device serves the model now.";

    private static bool IsServed(IEmbeddingRouter router, string? defaultModel) =>
        defaultModel is null ? router.Models.Count > 0 : router.TryGetModel(defaultModel, out _);
}
