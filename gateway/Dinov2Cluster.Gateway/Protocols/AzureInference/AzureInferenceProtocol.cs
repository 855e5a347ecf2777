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
    /// <summary>Clients of an Azure AI resource have this at the end of their endpoint's address; those of one model's endpoint don't.</summary>
    public const string ModelsRoot = "/models";

    public const string ImagesRoot = "/images";
    public const string Info = "/info";

    private const string ExtraParameters = "extra-parameters";

    /// <inheritdoc/>
    public string Name => "azure_inference";

    /// <inheritdoc/>
    public bool Covers(HttpRequest request) =>
        StartsWith(request, ImagesRoot) || StartsWith(request, ModelsRoot) || StartsWith(request, Info);

    /// <inheritdoc/>
    public void Begin(HttpContext context)
    {
        JsonContentType.ThrowIfOther(context.Request);
        _ = RefusesUnknown(context.Request);
        if (Deployment(context.Request) is { Length: > 0 } model)
        {
            // A name that is wrong is told before the body is read.
            _ = pipeline.FindModel(model);
        }
    }

    /// <inheritdoc/>
    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var list = EmbeddingListParser.Parse(body, options.Value.MaxImagesPerRequest, RefusesUnknown(request));
        return string.IsNullOrEmpty(list.Model) ? list with { Model = Deployment(request) } : list;
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result) =>
        EmbeddingListWriter.WriteAsync(context, result, ((EmbeddingListRequest)request).Encoding, router.Models, context.TraceIdentifier);

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, EmbeddingException error)
    {
        var (status, code) = AzureInferenceErrors.For(error.Kind);
        return AzureInferenceErrors.WriteAsync(
            context, status, code, EmbeddingErrorText.Message(error, router.Models), EmbeddingListFields.AtFault(error));
    }

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, int status) =>
        AzureInferenceErrors.WriteAsync(context, status, AzureInferenceErrors.For(status), JsonMessage.Text(status), target: null);

    /// <summary><c>GET /info</c>.</summary>
    /// <exception cref="EmbeddingException">The model is not served.</exception>
    public Task WriteInfoAsync(HttpContext context)
    {
        var model = pipeline.FindModel(Deployment(context.Request));
        return JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("model_name"u8, model.Name);
            writer.WriteString("model_type"u8, "image_embeddings"u8);
            writer.WriteString("model_provider_name"u8, "dinov2cluster"u8);
            writer.WriteEndObject();
        });
    }

    private static bool StartsWith(HttpRequest request, string root) =>
        request.Path.StartsWithSegments(root, StringComparison.OrdinalIgnoreCase);

    private static string? Deployment(HttpRequest request) => request.Headers[EmbeddingHeaders.Deployment];

    // What the model is given it passes over when it doesn't know it, so there are two cases. The reference has had two names for each.
    private static bool RefusesUnknown(HttpRequest request) => request.Headers[ExtraParameters].ToString() switch
    {
        "" or "error" => true,
        "pass-through" or "allow" or "drop" or "ignore" => false,
        _ => throw EmbeddingException.BadRequest($"{ExtraParameters} should be pass-through, drop or error."),
    };
}
