using System.Globalization;
using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Pipeline;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Protocols.Json;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>
/// The Open Inference Protocol, version 2, over REST, with Triton's extension for binary tensors: for clients of KServe, Triton and MLServer.
/// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
/// </summary>
internal sealed class OpenInferenceProtocol(OpenInferenceModels models, IEmbeddingRouter router, IOptions<GatewayOptions> options) : IHttpProtocol
{
    /// <summary>Header with the length of the JSON that binary data follows.</summary>
    public const string JsonLength = "Inference-Header-Content-Length";

    /// <summary>Content type of JSON and binary data together.</summary>
    public const string BinaryType = "application/octet-stream";

    public string Name => "open_inference";

    public bool Covers(HttpRequest request) => request.Path.StartsWithSegments(OpenInferenceEndpoints.Prefix, StringComparison.OrdinalIgnoreCase);

    public void Begin(HttpContext context)
    {
        if (!IsReadable(context.Request.ContentType))
        {
            throw EmbeddingException.Refused(
                EmbeddingErrorKind.UnsupportedMediaType, $"Expects Content-Type to be application/json or {BinaryType}");
        }

        // An unknown name fails before the body is read.
        _ = Model(context.Request);
        _ = ReadJsonLength(context.Request.Headers);
    }

    public ProtocolRequest Read(HttpRequest request, ReadOnlyMemory<byte> body) =>
        new InferRequestParser(Model(request), options.Value.MaxImagesPerRequest).Parse(body, ReadJsonLength(request.Headers));

    public ValueTask WriteAsync(HttpContext context, ProtocolRequest request, EmbeddingResult result) =>
        InferResponseWriter.WriteAsync(context, (InferRequest)request, result);

    public Task WriteErrorAsync(HttpContext context, EmbeddingException error) =>
        WriteErrorAsync(context, error.Info.Status, EmbeddingErrors.Message(error, router.Models));

    public Task WriteErrorAsync(HttpContext context, int status) => WriteErrorAsync(context, status, JsonMessage.Text(status));

    /// <summary>Writes <c>{"error":"..."}</c>.</summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string error) => JsonMessage.WriteAsync(
        context, status, writer => new JsonObject { ["error"] = error }.WriteTo(writer));

    // Triton's Python client names no type at all.
    private static bool IsReadable(string? contentType) =>
        string.IsNullOrEmpty(contentType)
        || JsonContentType.IsJson(contentType)
        || (MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals(BinaryType, StringComparison.OrdinalIgnoreCase));

    private static int? ReadJsonLength(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(JsonLength, out var value))
        {
            return null;
        }

        return int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw EmbeddingException.BadRequest($"{JsonLength} should be a whole number of bytes.");
    }

    private ServedModel Model(HttpRequest request) => models.Find((string?)request.RouteValues["model"], (string?)request.RouteValues["version"]);
}
