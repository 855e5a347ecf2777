using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.EmbeddingLists;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.AzureInference;

/// <summary>Azure AI's model inference: <c>POST /images/embeddings</c>. Any <c>api-version</c> is served.</summary>
/// <remarks>
/// Source: Azure AI Model Inference REST reference, "Image Embeddings" and "Info", 2024-05-01-preview. The options are known fields, so
/// that clients need no header for them.
/// </remarks>
internal sealed class AzureInferenceProtocol(
    EmbeddingPipeline pipeline, IEmbeddingRouter router, IOptions<GatewayOptions> options) : IHttpProtocol
{
    /// <summary>Ends the endpoint's address for clients of an Azure AI resource, but not for those of a single model's endpoint.</summary>
    public const string ModelsRoot = "/models";

    public const string ImagesRoot = "/images";
    public const string Info = "/info";

    private const string ExtraParameters = "extra-parameters";

    public string Name => "azure_inference";

    public bool Covers(HttpRequest request) =>
        StartsWith(request, ImagesRoot) || StartsWith(request, ModelsRoot) || StartsWith(request, Info);

    public void Begin(HttpContext context)
    {
        JsonContentType.ThrowIfOther(context.Request);
        _ = RefusesUnknown(context.Request);
        if (Deployment(context.Request) is { Length: > 0 } model)
        {
            // An unknown name fails before the body is read.
            _ = pipeline.FindModel(model);
        }
    }

    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var list = EmbeddingListParser.Parse(body, options.Value.MaxImagesPerRequest, RefusesUnknown(request));
        return string.IsNullOrEmpty(list.Model) ? list with { Model = Deployment(request) } : list;
    }

    public ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result) =>
        EmbeddingListWriter.WriteAsync(context, result, ((EmbeddingListRequest)request).Encoding, router.Models, context.TraceIdentifier);

    public Task WriteErrorAsync(HttpContext context, EmbeddingException error) => AzureInferenceErrors.WriteAsync(
        context,
        AzureInferenceErrors.Status(error.Kind),
        AzureInferenceErrors.For(error.Kind),
        EmbeddingErrors.Message(error, router.Models),
        EmbeddingListFields.AtFault(error));

    public Task WriteErrorAsync(HttpContext context, int status) =>
        AzureInferenceErrors.WriteAsync(context, status, AzureInferenceErrors.For(status), JsonMessage.Text(status), target: null);

    /// <summary><c>GET /info</c>.</summary>
    /// <exception cref="EmbeddingException">The model is not served.</exception>
    public Task WriteInfoAsync(HttpContext context)
    {
        var model = pipeline.FindModel(Deployment(context.Request));
        var info = new JsonObject { ["model_name"] = model.Name, ["model_type"] = "image_embeddings", ["model_provider_name"] = "dinov2cluster" };
        return JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer => info.WriteTo(writer));
    }

    private static bool StartsWith(HttpRequest request, string root) =>
        request.Path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase);

    private static string? Deployment(HttpRequest request) => request.Headers[EmbeddingHeaders.Deployment];

    // The model ignores unknown parameters that it gets, so there are two cases. The reference has had two names for each.
    private static bool RefusesUnknown(HttpRequest request) => request.Headers[ExtraParameters].ToString() switch
    {
        "" or "error" => true,
        "pass-through" or "allow" or "drop" or "ignore" => false,
        _ => throw EmbeddingException.BadRequest($"{ExtraParameters} should be pass-through, drop or error."),
    };
}

/// <summary>Routes of Azure AI's model inference.</summary>
internal static class AzureInferenceEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>POST /images/embeddings</c> and <c>GET /info</c>, alone and under <c>/models</c>.</summary>
    public static IEndpointRouteBuilder MapAzureInference(this IEndpointRouteBuilder routes)
    {
        var protocol = routes.ServiceProvider.GetRequiredService<AzureInferenceProtocol>();
        foreach (var root in (string[])["", AzureInferenceProtocol.ModelsRoot])
        {
            routes.MapProtocol<AzureInferenceProtocol>($"{root}{AzureInferenceProtocol.ImagesRoot}/embeddings");
            routes.MapMethods($"{root}{AzureInferenceProtocol.Info}", _read, protocol.WriteInfoAsync);
        }

        return routes;
    }
}
