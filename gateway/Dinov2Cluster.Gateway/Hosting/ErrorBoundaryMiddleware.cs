using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Telemetry;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>
/// Turns every exception into an error in the form of the client's protocol. Exception texts go to the log only.
/// </summary>
internal sealed class ErrorBoundaryMiddleware(RequestDelegate next, IEnumerable<IErrorForm> forms, ILogger<ErrorBoundaryMiddleware> logger)
{
    // As nginx logs for a client that went away. Only access log and metrics show it.
    private const int ClientClosedRequest = 499;

    private readonly IErrorForm[] _forms = [.. forms];

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = ClientClosedRequest;
            }

            return;
        }
        catch (EmbeddingException exception) when (!context.Response.HasStarted)
        {
            // From authentication, limits, and routes without embeddings.
            GatewayLog.Write(logger, exception);
            EmbeddingHeaders.WriteRetryAfter(context.Response.Headers, exception);
            await FormOf(context.Request).WriteErrorAsync(context, exception);
            return;
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            GatewayLog.BadRequest(logger, exception.StatusCode, exception);
            context.Response.StatusCode = exception.StatusCode;
        }
        catch (Exception exception)
        {
            GatewayLog.RequestFailed(logger, exception);
            if (context.Response.HasStarted)
            {
                // A partial reply must not look complete.
                context.Abort();
                return;
            }

            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }

        if (IsBareError(context.Response))
        {
            await FormOf(context.Request).WriteErrorAsync(context, context.Response.StatusCode);
        }
    }

    private IErrorForm FormOf(HttpRequest request) => Array.Find(_forms, form => form.Covers(request))!;

    // Routing's own 404 and 405, and the statuses set above.
    private static bool IsBareError(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null } && string.IsNullOrEmpty(response.ContentType);
}
