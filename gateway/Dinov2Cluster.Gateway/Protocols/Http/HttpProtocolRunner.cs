using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Telemetry;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Http;

/// <summary>Runs a request of any HTTP protocol: one deadline over body and pipeline, errors in the protocol's form, and what is measured.</summary>
internal sealed class HttpProtocolRunner(
    EmbeddingPipeline pipeline,
    BodyBudget bodies,
    IOptions<GatewayOptions> options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<HttpProtocolRunner> logger)
{
    /// <summary>Answers the request.</summary>
    public async Task RunAsync(HttpContext context, IHttpProtocol protocol)
    {
        var start = time.GetTimestamp();
        RequestFailure? failure = RequestFailure.Of(EmbeddingErrorKind.Internal);
        try
        {
            failure = await RunWithErrorsAsync(context, protocol);
        }
        catch (BadHttpRequestException)
        {
            failure = RequestFailure.Of(EmbeddingErrorKind.BadRequest);
            throw;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            failure = RequestFailure.ClientDisconnected;
            throw;
        }
        finally
        {
            metrics.RequestEnded(protocol.Name, failure, time.GetElapsedTime(start).TotalSeconds);
        }
    }

    // Returns the failure that the client was told, or null.
    private async Task<RequestFailure?> RunWithErrorsAsync(HttpContext context, IHttpProtocol protocol)
    {
        try
        {
            await EmbedAsync(context, protocol);
            return null;
        }
        catch (EmbeddingException error)
        {
            GatewayLog.Write(logger, error);
            EmbeddingHeaders.WriteRetryAfter(context.Response.Headers, error);
            await protocol.WriteErrorAsync(context, error);
            return RequestFailure.Of(error);
        }
    }

    private async Task EmbedAsync(HttpContext context, IHttpProtocol protocol)
    {
        var (http, response) = (context.Request, context.Response);
        protocol.Begin(context);
        var duration = EmbeddingHeaders.ReadDeadline(http.Headers, options.Value.Deadline);
        var priority = EmbeddingHeaders.ReadPriority(http.Headers);
        using var deadline = new RequestDeadline(time, duration, context.RequestAborted, isCallers: duration < options.Value.Deadline);
        ProtocolRequest request;
        EmbeddingResult result;
        try
        {
            using var body = await ReadBodyAsync(http, deadline);
            request = protocol.Read(http, body.Memory);
            result = await pipeline.EmbedAsync(new EmbeddingRequest(
                pipeline.FindModel(request.Model), request.Images, request.Options, priority, deadline, context.Features.Get<ICaller>()));
        }
        catch (EmbeddingException error) when (deadline.IsCallersFault(error))
        {
            throw EmbeddingException.CallersDeadline(error);
        }

        response.StatusCode = StatusCodes.Status200OK;
        EmbeddingHeaders.WriteTimings(response.Headers, result.Timings);
        if (result.Cache is { } counts)
        {
            EmbeddingHeaders.WriteCache(response.Headers, counts);
        }

        await protocol.WriteAsync(context, request, result);
    }

    private async Task<RequestBody> ReadBodyAsync(HttpRequest request, RequestDeadline deadline)
    {
        var limit = options.Value.MaxBodyBytes;
        try
        {
            return await RequestBody.ReadAsync(request, bodies, limit, deadline.Token);
        }
        catch (Exception error) when (error is RequestBodyException { IsTooLarge: true } or BadHttpRequestException { StatusCode: 413 })
        {
            throw EmbeddingException.BodyTooLarge(limit);
        }
        catch (RequestBodyException)
        {
            throw new EmbeddingException(EmbeddingErrorKind.Overloaded, "The body budget is used up.");
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            deadline.ThrowIfOver();
            throw;
        }
    }
}
