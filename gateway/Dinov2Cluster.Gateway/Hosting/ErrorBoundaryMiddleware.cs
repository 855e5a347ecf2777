namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>
/// Whatever happens inside, the client gets <c>{"message":"..."}</c> and nobody's exception text; the log gets the details.
/// </summary>
internal sealed class ErrorBoundaryMiddleware(RequestDelegate next, ILogger<ErrorBoundaryMiddleware> logger)
{
    // What nginx logs for a client that went away; nobody reads it but the access log and the metrics.
    private const int ClientClosedRequest = 499;

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
        catch (BadHttpRequestException error) when (!context.Response.HasStarted)
        {
            GatewayLog.BadRequest(logger, error.StatusCode, error);
            context.Response.StatusCode = error.StatusCode;
        }
        catch (Exception error)
        {
            GatewayLog.RequestFailed(logger, error);
            if (context.Response.HasStarted)
            {
                // Half a reply must not look like a whole one.
                context.Abort();
                return;
            }

            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }

        if (IsBareError(context.Response))
        {
            await JsonMessage.WriteAsync(context, context.Response.StatusCode);
        }
    }

    // Routing's own 404 and 405, and what was caught above.
    private static bool IsBareError(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null } && string.IsNullOrEmpty(response.ContentType);
}
