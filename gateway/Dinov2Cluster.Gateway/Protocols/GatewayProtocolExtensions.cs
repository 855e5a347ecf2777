using Dinov2Cluster.Gateway.Hosting;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.OpenInference;
using Dinov2Cluster.Gateway.Protocols.Score;
using Grpc.AspNetCore.Server;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols;

/// <summary>The protocols that the gateway speaks.</summary>
internal static class GatewayProtocolExtensions
{
    /// <summary>Adds every protocol.</summary>
    public static IServiceCollection AddGatewayProtocols(this IServiceCollection services)
    {
        // Else every POST to a path of two segments would be a call of an unknown service.
        services.AddGrpc(grpc => grpc.IgnoreUnknownServices = true);
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GatewayOptions>>(
            (grpc, gateway) => grpc.MaxReceiveMessageSize = gateway.Value.MaxBodyBytes);
        services.AddSingleton<GrpcRunner>();
        services.AddSingleton<IErrorForm, GrpcErrorForm>();
        services.AddSingleton<HttpProtocolRunner>();
        services.AddOpenInference();
        // Last: it covers what no other protocol does.
        services.AddProtocol<ScoreProtocol>();
        return services;
    }

    /// <summary>Maps every protocol's routes.</summary>
    public static IEndpointRouteBuilder MapGatewayProtocols(this IEndpointRouteBuilder routes)
    {
        routes.MapScore();
        routes.MapOpenInference();
        return routes;
    }
}
