using Dinov2Cluster.Gateway.Admission;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Grpc;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;
using Dinov2Cluster.Protocol.OpenInference;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>The Open Inference Protocol, version 2, over gRPC.</summary>
internal sealed class OpenInferenceService(
    GrpcRunner runner,
    EmbeddingPipeline pipeline,
    OpenInferenceModels models,
    IEmbeddingRouter router,
    GatewayReadiness readiness,
    BodyBudget bodies,
    IOptions<GatewayOptions> options) : GRPCInferenceService.GRPCInferenceServiceBase
{
    // Name for the metrics.
    private const string Protocol = "open_inference_grpc";

    [AllowAnonymous]
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    [AllowAnonymous]
    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = readiness.WhyNot is null });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelReadyResponse { Ready = models.IsServed(request.Name, request.Version) });

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse
        {
            Name = OpenInferenceModels.Server,
            Version = HostVersion.Number,
            Extensions = { OpenInferenceModels.Extension },
        });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        try
        {
            var model = models.Find(request.Name, request.Version);
            return Task.FromResult(new ModelMetadataResponse
            {
                Name = model.Name,
                Versions = { OpenInferenceModels.Version },
                Platform = OpenInferenceModels.Platform,
                Inputs = { ModelTensors.Inputs(model).Select(Describe) },
                Outputs = { ModelTensors.Outputs(model).Select(Describe) },
            });
        }
        catch (EmbeddingException exception)
        {
            throw GrpcErrors.ToRpcException(exception, router.Models);
        }
    }

    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) =>
        runner.RunAsync(Protocol, context, deadline => InferAsync(request, context.GetHttpContext(), deadline));

    private async Task<ModelInferResponse> InferAsync(ModelInferRequest request, HttpContext http, RequestDeadline deadline)
    {
        var model = models.Find(request.ModelName, request.ModelVersion);
        var priority = EmbeddingHeaders.ReadPriority(http.Request.Headers);
        using var infer = GrpcInferRequest.Read(request, model, options.Value.MaxImagesPerRequest, bodies);
        var result = await pipeline.EmbedAsync(
            new EmbeddingRequest(model, infer.Images, infer.Options, priority, deadline, http.Features.Get<ICaller>()));
        return GrpcInferResponse.From(request, result, http.Response);
    }

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorDescription tensor) =>
        new() { Name = tensor.Name, Datatype = tensor.Datatype, Shape = { tensor.Shape } };
}
