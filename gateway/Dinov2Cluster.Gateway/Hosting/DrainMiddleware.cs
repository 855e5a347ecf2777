using Dinov2Cluster.Gateway.Admission;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Tells HTTP/1 clients that come during a shutdown, or wait for an answer then, to use another connection next. HTTP/2 has its own way.</summary>
internal sealed class DrainMiddleware
{
    private readonly RequestDelegate _next;
    private readonly Func<object, Task> _closeWhenDraining;

    public DrainMiddleware(RequestDelegate next, GatewayDrain drain)
    {
        _next = next;
        _closeWhenDraining = headers =>
        {
            if (drain.HasBegun)
            {
                ((IHeaderDictionary)headers).Connection = "close";
            }

            return Task.CompletedTask;
        };
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
        {
            // Known only when the answer is there.
            context.Response.OnStarting(_closeWhenDraining, context.Response.Headers);
        }

        return _next(context);
    }
}
