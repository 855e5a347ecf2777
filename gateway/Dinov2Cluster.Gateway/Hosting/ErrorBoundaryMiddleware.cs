using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Telemetry;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>
/// Whatever happens inside, the client gets an error in its protocol's form, and nobody's exception text; the log gets the details.
/// </summary>
internal sealed class ErrorBoundaryMiddleware(RequestDelegate next, IEnumerable<IErrorForm> forms, ILogger<ErrorBoundaryMiddleware> logger)
{
    // What nginx logs for a client that went away; nobody reads it but the access log and the metrics.
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
            // From those who guard the protocols, and from routes that embed nothing.
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
                // Half a reply must not look like a whole one.
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

    // Routing's own 404 and 405, and what was caught above.
    private static bool IsBareError(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null } && string.IsNullOrEmpty(response.ContentType);
}
