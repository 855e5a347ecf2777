using System.Buffers;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>MLflow's scoring: <c>POST /invocations</c>. The reply is a table by records, as MLflow writes the data frame of the catalog's model.</summary>
/// <remarks>Source: MLflow's <c>mlflow/pyfunc/scoring_server</c>, protocol of version 2.</remarks>
internal sealed class MLflowProtocol(EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options) : IHttpProtocol
{
    public const string Invocations = "/invocations";
    public const string Ping = "/ping";
    public const string Health = "/health";
    public const string Version = "/version";

    public string Name => "mlflow";

    /// <remarks>Routes below <c>/health</c> are the gateway's own.</remarks>
    public bool Covers(HttpRequest request) =>
        request.Path.Equals(Invocations) || request.Path.Equals(Ping) || request.Path.Equals(Health) || request.Path.Equals(Version);

    public void Begin(HttpContext context)
    {
        JsonContentType.ThrowIfOther(context.Request);
        // An unknown name fails before the body is read.
        _ = pipeline.FindModel(Model(context.Request));
    }

    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var (images, wanted) = InvocationParser.Parse(body, options.Value.MaxImagesPerRequest);
        return new(Model(request), images, wanted);
    }

    public async ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result)
    {
        var output = context.Response.BodyWriter;
        context.Response.ContentType = "application/json";
        output.Write("{\"predictions\":"u8);
        await FeatureJson.WriteRecordsAsync(output, result, router.Models, context.RequestAborted);
        output.Write("}"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    public Task WriteErrorAsync(HttpContext context, EmbeddingException error) => MLflowErrors.WriteAsync(
        context, error.Info.Status, MLflowErrors.For(error.Kind), EmbeddingErrors.Message(error, router.Models));

    public Task WriteErrorAsync(HttpContext context, int status) =>
        MLflowErrors.WriteAsync(context, status, MLflowErrors.For(status), JsonMessage.Text(status));

    // MLflow serves one model per server; behind an Azure ML endpoint the header names it.
    private static string? Model(HttpRequest request) => request.Headers[EmbeddingHeaders.Deployment];
}

/// <summary>Routes of MLflow's scoring server.</summary>
internal static class MLflowEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>POST /invocations</c>, <c>GET /ping</c>, its other name <c>GET /health</c>, and <c>GET /version</c> with this server's version.</summary>
    public static IEndpointRouteBuilder MapMLflow(this IEndpointRouteBuilder routes)
    {
        routes.MapProtocol<MLflowProtocol>(MLflowProtocol.Invocations);
        routes.MapMethods(MLflowProtocol.Ping, _read, Ping).AllowAnonymous();
        routes.MapMethods(MLflowProtocol.Health, _read, Ping).AllowAnonymous();
        routes.MapMethods(MLflowProtocol.Version, _read, () => Results.Text(HostVersion.Number)).AllowAnonymous();
        return routes;
    }

    // MLflow's answer once its model is loaded: a line break with this type.
    private static IResult Ping(GatewayReadiness readiness) =>
        readiness.WhyNot is { } reason
            ? throw EmbeddingException.Refused(EmbeddingErrorKind.NoDevice, reason)
            : Results.Text("\n", "application/json");
}
