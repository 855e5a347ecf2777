using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Imaging;
using Dinov2Cluster.Protocol.V1;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.EmbeddingsV1;

/// <summary>The gateway's own gRPC protocol, <c>dinov2.v1.Embeddings</c>.</summary>
internal sealed class EmbeddingsService(
    EmbeddingPipeline pipeline, EmbedStreamServices streams, IEmbeddingRouter router, BodyBudget bodies, GrpcRunner runner, IOptions<GatewayOptions> options)
    : EmbeddingsBinding.ServiceBase
{
    /// <inheritdoc/>
    public override Task<EmbedResponse> Embed(PooledBuffer request, ServerCallContext context) =>
        runner.RunAsync("grpc", context, deadline => EmbedAsync(request, context, deadline));

    /// <inheritdoc/>
    public override Task EmbedStream(
        IAsyncStreamReader<PooledBuffer> requestStream, IServerStreamWriter<EmbedStreamResponse> responseStream, ServerCallContext context) =>
        runner.RunStreamAsync(EmbeddingsV1.EmbedStream.Protocol, context, async () =>
        {
            using var stream = new EmbedStream(streams, requestStream, responseStream, context);
            await stream.RunAsync();
        });

    private async Task<EmbedResponse> EmbedAsync(PooledBuffer request, ServerCallContext context, RequestDeadline deadline)
    {
        using var message = bodies.Lease(request);
        message.Grow(request.Length);
        var (images, wanted) = EmbedMessages.ReadRequest(message.Memory, options.Value.MaxImagesPerRequest);
        var result = await pipeline.EmbedAsync(new EmbeddingRequest(
            pipeline.FindModel(wanted.Model),
            images,
            EmbedOptionsReader.Options(wanted),
            EmbedOptionsReader.ReadPriority(wanted),
            deadline,
            context.GetHttpContext().Features.Get<ICaller>()));
        return EmbedReplies.Response(result, router.Models);
    }
}

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
