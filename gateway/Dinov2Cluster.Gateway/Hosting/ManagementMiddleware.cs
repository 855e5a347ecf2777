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
