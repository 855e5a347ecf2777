using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Routes of the Azure ML scoring protocol.</summary>
internal static class ScoreEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] _options = [HttpMethods.Options];

    /// <summary><c>POST /score</c>, <c>OPTIONS /score</c> and <c>GET /</c>. Routing answers other methods with 405.</summary>
    public static IEndpointRouteBuilder MapScore(this IEndpointRouteBuilder routes)
    {
        routes.MapProtocol<ScoreProtocol>("/score");
        routes.MapMethods("/score", _options, context =>
        {
            ScoreHeaders.WriteRunFailed(context.Response.Headers, failed: false);
            context.Response.Headers.Allow = "POST, OPTIONS";
            return Task.CompletedTask;
        }).AllowAnonymous();
        routes.MapMethods("/", _read, () => Results.Text("Healthy")).AllowAnonymous();
        return routes;
    }
}
