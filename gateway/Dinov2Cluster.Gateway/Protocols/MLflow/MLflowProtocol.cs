using System.Buffers;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.MLflow;

/// <summary>MLflow's scoring: <c>POST /invocations</c>. The reply is a table by records, as MLflow writes the data frame of the catalogue's model.</summary>
/// <remarks>Source: MLflow's <c>mlflow/pyfunc/scoring_server</c>, protocol of version 2.</remarks>
internal sealed class MLflowProtocol(EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options) : IHttpProtocol
{
    public const string Invocations = "/invocations";
    public const string Ping = "/ping";
    public const string Health = "/health";
    public const string Version = "/version";

    /// <inheritdoc/>
    public string Name => "mlflow";

    /// <inheritdoc/>
    /// <remarks>What is below <c>/health</c> is the gateway's own.</remarks>
    public bool Covers(HttpRequest request) =>
        request.Path.Equals(Invocations) || request.Path.Equals(Ping) || request.Path.Equals(Health) || request.Path.Equals(Version);

    /// <inheritdoc/>
    public void Begin(HttpContext context)
    {
        JsonContentType.ThrowIfOther(context.Request);
        // A name that is wrong is told before the body is read.
        _ = pipeline.FindModel(Model(context.Request));
    }

    /// <inheritdoc/>
    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var (images, wanted) = InvocationParser.Parse(body, options.Value.MaxImagesPerRequest);
        return new(Model(request), images, wanted);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result)
    {
        var output = context.Response.BodyWriter;
        context.Response.ContentType = "application/json";
        output.Write("{\"predictions\":"u8);
        await FeatureJson.WriteRecordsAsync(output, result, router.Models, context.RequestAborted);
        output.Write("}"u8);
        await output.FlushAsync(context.RequestAborted);
    }

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, EmbeddingException error)
    {
        var (status, code) = MLflowErrors.For(error.Kind);
        return MLflowErrors.WriteAsync(context, status, code, EmbeddingErrorText.Message(error, router.Models));
    }

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, int status) =>
        MLflowErrors.WriteAsync(context, status, MLflowErrors.For(status), JsonMessage.Text(status));

    // MLflow serves one model per server; behind an Azure ML endpoint the header tells which.
    private static string? Model(HttpRequest request) => request.Headers[EmbeddingHeaders.Deployment];
}
