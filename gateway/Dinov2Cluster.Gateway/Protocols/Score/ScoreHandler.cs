using System.Globalization;
using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.Score;

/// <summary><c>POST /score</c>.</summary>
internal sealed class ScoreHandler(
    EmbeddingPipeline pipeline,
    IEmbeddingRouter router,
    BodyBudget bodies,
    IOptions<GatewayOptions> options,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<ScoreHandler> logger)
{
    private const string Protocol = "score";

    // What a client waits that met a full body budget or full device queues: both empty within a batch or two.
    private static readonly TimeSpan _shortRetry = TimeSpan.FromSeconds(1);

    public async Task HandleAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        var failure = "internal";
        try
        {
            failure = await HandleErrorsAsync(context, start);
        }
        catch (BadHttpRequestException)
        {
            failure = "bad_request";
            throw;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            failure = "client_disconnected";
            throw;
        }
        finally
        {
            metrics.RequestEnded(Protocol, failure, time.GetElapsedTime(start).TotalSeconds);
        }
    }

    // Returns the reason of the failure that the client was told, or null.
    private async Task<string?> HandleErrorsAsync(HttpContext context, long start)
    {
        var headers = context.Response.Headers;
        ScoreHeaders.WriteRunFailed(headers, failed: false);
        try
        {
            await ScoreAsync(context);
            return null;
        }
        catch (ScoreRequestException error)
        {
            await JsonMessage.WriteAsync(context, error.Status, error.Message);
            return error.Reason;
        }
        catch (EmbeddingException error)
        {
            Log(error);
            var entry = ScoreErrors.For(error.Kind);
            ScoreHeaders.WriteRunFailed(headers, entry.RunFailed);
            if (entry.RunFailed)
            {
                ScoreHeaders.WriteRunTime(headers, time.GetElapsedTime(start).TotalSeconds);
            }

            if (error.Kind == EmbeddingErrorKind.Overloaded)
            {
                var wait = Math.Ceiling((error.RetryAfter ?? _shortRetry).TotalSeconds);
                headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            }

            await JsonMessage.WriteAsync(context, entry.Status, ScoreErrors.Describe(error, router.Models));
            return entry.Reason;
        }
    }

    private async Task ScoreAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var limits = options.Value;
        if (!ScoreContentType.IsJson(request.ContentType))
        {
            throw new ScoreRequestException(
                StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type", "Expects Content-Type to be application/json");
        }

        var duration = ScoreHeaders.ReadDeadline(request.Headers, limits.Deadline);
        var priority = ScoreHeaders.ReadPriority(request.Headers);
        var model = pipeline.FindModel(request.Headers[ScoreHeaders.Deployment]);
        using var deadline = new RequestDeadline(time, duration, context.RequestAborted);
        EmbeddingResult result;
        using (var body = await ReadBodyAsync(request, deadline))
        {
            var images = ScoreRequestParser.Parse(body.Memory, limits.MaxImagesPerRequest);
            result = await pipeline.EmbedAsync(model, images, priority, deadline);
        }

        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/json";
        response.Headers[ScoreHeaders.Deployment] = model.Name;
        ScoreHeaders.WriteRunTime(response.Headers, result.Timings.Total);
        ScoreHeaders.WriteTimings(response.Headers, result.Timings);
        if (result.Cache is { } counts)
        {
            ScoreHeaders.WriteCache(response.Headers, counts);
        }

        await ScoreResponseWriter.WriteAsync(response.BodyWriter, result, context.RequestAborted);
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
            throw new ScoreRequestException(
                StatusCodes.Status413PayloadTooLarge,
                "body_too_large",
                string.Create(CultureInfo.InvariantCulture, $"POST body is larger than the limit of {limit} bytes."));
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

    private void Log(EmbeddingException error)
    {
        if (error.Kind == EmbeddingErrorKind.Internal)
        {
            GatewayLog.RequestFailed(logger, error);
        }
        else if (error.Kind == EmbeddingErrorKind.BadImage)
        {
            GatewayLog.ImageRefused(logger, error.Row, error.ImageError?.Kind, error.ImageError?.InnerException);
        }
        else
        {
            GatewayLog.RequestRefused(logger, error.Kind);
        }
    }
}
