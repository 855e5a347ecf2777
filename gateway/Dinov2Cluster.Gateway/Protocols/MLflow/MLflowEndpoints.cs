using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>Routes of MLflow's scoring server.</summary>
internal static class MLflowEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>POST /invocations</c>, <c>GET /ping</c>, its other name <c>GET /health</c>, and <c>GET /version</c>, which is this server's own.</summary>
    public static IEndpointRouteBuilder MapMLflow(this IEndpointRouteBuilder routes)
    {
        routes.MapProtocol<MLflowProtocol>(MLflowProtocol.Invocations);
        routes.MapMethods(MLflowProtocol.Ping, _read, Ping).AllowAnonymous();
        routes.MapMethods(MLflowProtocol.Health, _read, Ping).AllowAnonymous();
        routes.MapMethods(MLflowProtocol.Version, _read, () => Results.Text(HostVersion.Number)).AllowAnonymous();
        return routes;
    }

    // As MLflow answers once its model is loaded: a line break, with this type.
    private static IResult Ping(GatewayReadiness readiness) =>
        readiness.WhyNot is { } reason
            ? throw EmbeddingException.Refused(EmbeddingErrorKind.NoDevice, reason)
            : Results.Text("\n", "application/json");
}
