using Dinov2Cluster.Gateway.Admission;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>During a shutdown, closes HTTP/1 connections after the answer. HTTP/2 has its own way.</summary>
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
            // The shutdown may begin before the answer does.
            context.Response.OnStarting(_closeWhenDraining, context.Response.Headers);
        }

        return _next(context);
    }
}
