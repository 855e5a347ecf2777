using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Protocols.AzureInference;
using Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.MLflow;
using Dinov2Cluster.Gateway.Protocols.OpenAi;
using Dinov2Cluster.Gateway.Protocols.OpenApi;
using Dinov2Cluster.Gateway.Protocols.OpenInference;
using Dinov2Cluster.Gateway.Protocols.Score;
using Grpc.AspNetCore.Server;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Hosting;

/// <summary>The gateway's protocols.</summary>
internal static class GatewayProtocolExtensions
{
    /// <summary>Adds every protocol.</summary>
    public static IServiceCollection AddGatewayProtocols(this IServiceCollection services)
    {
        // gRPC's route for unknown services would hide the 405 of all other routes. GrpcErrorForm answers unknown services.
        services.AddGrpc(grpc => grpc.IgnoreUnknownServices = true);
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GatewayOptions>>(
            (grpc, gateway) => grpc.MaxReceiveMessageSize = gateway.Value.MaxBodyBytes);
        services.AddSingleton<GrpcRunner>();
        services.AddSingleton<IErrorForm, GrpcErrorForm>();
        services.AddGrpcReflection();
        services.AddGatewayGrpcHealth();
        services.AddEmbeddingsV1();
        services.AddSingleton<HttpProtocolRunner>();
        services.AddSingleton<OpenAiModels>();
        services.AddProtocol<OpenAiProtocol>();
        services.AddProtocol<AzureInferenceProtocol>();
        services.AddProtocol<MLflowProtocol>();
        services.AddOpenInference();
        // Last: it covers all other requests.
        services.AddProtocol<ScoreProtocol>();
        return services;
    }

    /// <summary>Maps every protocol's routes.</summary>
    public static IEndpointRouteBuilder MapGatewayProtocols(this IEndpointRouteBuilder routes)
    {
        routes.MapScore();
        routes.MapOpenAi();
        routes.MapAzureInference();
        routes.MapMLflow();
        routes.MapOpenApiDocuments();
        routes.MapEmbeddingsV1();
        routes.MapGrpcHealthChecksService().AllowAnonymous();
        routes.MapGrpcReflectionService();
        routes.MapOpenInference();
        return routes;
    }
}
