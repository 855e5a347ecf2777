using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Http;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Serves the operators' routes at their own address only, if they have one, and no other route there.</summary>
internal sealed class ManagementMiddleware(RequestDelegate next, IOptions<GatewayOptions> options)
{
    private readonly int? _port = GatewayAddresses.Port(options.Value.ManagementUrl);

    public Task InvokeAsync(HttpContext context)
    {
        if (_port is { } port)
        {
            var route = context.GetEndpoint()?.Metadata.GetMetadata<ManagementRoute>();
            var isThere = context.Connection.LocalPort == port ? route is not null : route is not { IsPublicToo: false };
            if (!isThere)
            {
                // As for an unknown route.
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        }

        return next(context);
    }
}

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
