using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.EmbeddingLists;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

/// <summary>OpenAI's embeddings: <c>POST /v1/embeddings</c>. The options are fields next to OpenAI's own; the SDKs call them extra body.</summary>
/// <remarks>Source: the embeddings and models sections of OpenAI's API reference.</remarks>
internal sealed class OpenAiProtocol(IEmbeddingRouter router, IOptions<GatewayOptions> options) : IHttpProtocol
{
    /// <summary>Prefix of every route of OpenAI's API.</summary>
    public const string Root = "/v1";

    public string Name => "openai";

    public bool Covers(HttpRequest request) => request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase);

    public void Begin(HttpContext context) => JsonContentType.ThrowIfOther(context.Request);

    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var list = EmbeddingListParser.Parse(body, options.Value.MaxImagesPerRequest, refuseUnknown: false);
        return list.Images.Count > 0
            ? list
            : throw EmbeddingException.BadRequest("'input' should hold at least one image.", EmbeddingListFields.Input);
    }

    public ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result) =>
        EmbeddingListWriter.WriteAsync(context, result, ((EmbeddingListRequest)request).Encoding, router.Models);

    public Task WriteErrorAsync(HttpContext context, EmbeddingException error) => OpenAiErrors.WriteAsync(
        context, error.Info.Status, OpenAiErrors.For(error.Kind), EmbeddingErrors.Message(error, router.Models), EmbeddingListFields.AtFault(error));

    public Task WriteErrorAsync(HttpContext context, int status) =>
        OpenAiErrors.WriteAsync(context, status, OpenAiErrors.For(status), JsonMessage.Text(status), param: null);
}

/// <summary>The served models as OpenAI lists them.</summary>
internal sealed class OpenAiModels(IEmbeddingRouter router, TimeProvider time)
{
    // The age of a model is unknown, and clients need a time: that of the server's start, as in other servers.
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary><c>{"object":"list","data":[...]}</c>.</summary>
    public Task ListAsync(HttpContext context) =>
        WriteAsync(context, new() { ["object"] = "list", ["data"] = new JsonArray([.. router.Models.Select(Describe)]) });

    /// <summary>The model that the route names.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.UnknownModel"/>.</exception>
    public Task GetAsync(HttpContext context, string name) => router.TryGetModel(name, out var model)
        ? WriteAsync(context, Describe(model.Name))
        : throw new EmbeddingException(EmbeddingErrorKind.UnknownModel);

    private JsonObject Describe(string name) =>
        new() { ["id"] = name, ["object"] = "model", ["created"] = _created, ["owned_by"] = "dinov2cluster" };

    private static Task WriteAsync(HttpContext context, JsonObject reply) =>
        JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer => reply.WriteTo(writer));
}

/// <summary>Routes of OpenAI's API.</summary>
internal static class OpenAiEndpoints
{
    private static readonly string[] _read = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>POST /v1/embeddings</c>, <c>GET /v1/models</c> and <c>GET /v1/models/{model}</c>.</summary>
    public static IEndpointRouteBuilder MapOpenAi(this IEndpointRouteBuilder routes)
    {
        var models = routes.ServiceProvider.GetRequiredService<OpenAiModels>();
        routes.MapProtocol<OpenAiProtocol>($"{OpenAiProtocol.Root}/embeddings");
        routes.MapMethods($"{OpenAiProtocol.Root}/models", _read, models.ListAsync);
        routes.MapMethods($"{OpenAiProtocol.Root}/models/{{model}}", _read, (HttpContext context, string model) => models.GetAsync(context, model));
        return routes;
    }
}
