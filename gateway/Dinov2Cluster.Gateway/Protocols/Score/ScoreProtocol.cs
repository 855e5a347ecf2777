using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary>Azure ML's scoring protocol: <c>POST /score</c>.</summary>
internal sealed class ScoreProtocol(EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options, TimeProvider time) : IHttpProtocol
{
    // When the request began: the time of a failed run is told too.
    private static readonly object _startKey = new();

    /// <inheritdoc/>
    public string Name => "score";

    /// <inheritdoc/>
    /// <remarks>The form of its errors is that of every route which has no other.</remarks>
    public bool Covers(HttpRequest request) => true;

    /// <inheritdoc/>
    public void Begin(HttpContext context)
    {
        context.Items[_startKey] = time.GetTimestamp();
        ScoreHeaders.WriteRunFailed(context.Response.Headers, failed: false);
        JsonContentType.ThrowIfOther(context.Request);
        // A name that is wrong is told before the body is read.
        _ = pipeline.FindModel(Model(context.Request));
    }

    /// <inheritdoc/>
    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var (images, wanted) = ScoreRequestParser.Parse(body, options.Value.MaxImagesPerRequest);
        return new(Model(request), images, wanted);
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result)
    {
        var (headers, output) = (context.Response.Headers, context.Response.BodyWriter);
        context.Response.ContentType = "application/json";
        headers[EmbeddingHeaders.Deployment] = result.Model.Name;
        ScoreHeaders.WriteRunTime(headers, result.Timings.Total);
        await FeatureJson.WriteRecordsAsync(output, result, router.Models, context.RequestAborted);
        await output.FlushAsync(context.RequestAborted);
    }

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, EmbeddingException error)
    {
        var headers = context.Response.Headers;
        var (status, runFailed) = ScoreErrors.For(error.Kind);
        ScoreHeaders.WriteRunFailed(headers, runFailed);
        if (runFailed && context.Items[_startKey] is long start)
        {
            ScoreHeaders.WriteRunTime(headers, time.GetElapsedTime(start).TotalSeconds);
        }

        return JsonMessage.WriteAsync(context, status, ScoreErrors.Describe(error, router.Models));
    }

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, int status) => JsonMessage.WriteAsync(context, status);

    private static string? Model(HttpRequest request) => request.Headers[EmbeddingHeaders.Deployment];
}
