using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.EmbeddingLists;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

/// <summary>OpenAI's embeddings: <c>POST /v1/embeddings</c>. The options are fields beside OpenAI's own, where the SDKs put what they call extra body.</summary>
/// <remarks>Source: the embeddings and models sections of OpenAI's API reference.</remarks>
internal sealed class OpenAiProtocol(IEmbeddingRouter router, IOptions<GatewayOptions> options) : IHttpProtocol
{
    /// <summary>What every route of OpenAI's API starts with.</summary>
    public const string Root = "/v1";

    /// <inheritdoc/>
    public string Name => "openai";

    /// <inheritdoc/>
    public bool Covers(HttpRequest request) => request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public void Begin(HttpContext context) => JsonContentType.ThrowIfOther(context.Request);

    /// <inheritdoc/>
    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var list = EmbeddingListParser.Parse(body, options.Value.MaxImagesPerRequest, refuseUnknown: false);
        return list.Images.Count > 0
            ? list
            : throw EmbeddingException.BadRequest("'input' should hold at least one image.", EmbeddingListFields.Input);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result) =>
        EmbeddingListWriter.WriteAsync(context, result, ((EmbeddingListRequest)request).Encoding, router.Models);

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, EmbeddingException error) => OpenAiErrors.WriteAsync(
        context, OpenAiErrors.For(error.Kind), EmbeddingErrorText.Message(error, router.Models), EmbeddingListFields.AtFault(error));

    /// <inheritdoc/>
    public Task WriteErrorAsync(HttpContext context, int status) =>
        OpenAiErrors.WriteAsync(context, OpenAiErrors.For(status), JsonMessage.Text(status), param: null);
}
