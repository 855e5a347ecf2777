namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>The service <c>dinov2.v1.Embeddings</c>.</summary>
internal static class EmbeddingsV1Endpoints
{
    /// <summary>Adds what the service needs.</summary>
    public static IServiceCollection AddEmbeddingsV1(this IServiceCollection services) =>
        services.AddSingleton<StreamEmbedder>().AddSingleton<EmbedStreamServices>().AddSingleton<EmbeddingsService>();

    /// <summary>Maps the service.</summary>
    public static IEndpointRouteBuilder MapEmbeddingsV1(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<EmbeddingsService>();
        return routes;
    }
}
