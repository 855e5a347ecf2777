using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.Http;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>Keeps the operators' routes at their address, when they have one, and all others away from it.</summary>
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
                // As for a route that nobody has mapped.
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        }

        return next(context);
    }
}
