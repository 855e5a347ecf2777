using System.Text.Json.Nodes;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Writes the replies of the REST routes about the server and its models.</summary>
internal static class OpenInferenceMetadata
{
    /// <summary>Name, version and extensions of the server.</summary>
    public static Task WriteServerAsync(HttpContext context) => WriteAsync(context, new()
    {
        ["name"] = OpenInferenceModels.Server,
        ["version"] = HostVersion.Number,
        ["extensions"] = new JsonArray(OpenInferenceModels.Extension),
    });

    /// <summary>The server is alive.</summary>
    public static Task WriteLiveAsync(HttpContext context) => WriteAsync(context, new() { ["live"] = true });

    /// <summary>The server can take requests: <c>live</c> as in the specification, <c>ready</c> as in KServe's own server.</summary>
    public static Task WriteReadyAsync(HttpContext context) => WriteAsync(context, new() { ["live"] = true, ["ready"] = true });

    /// <summary>A model can take requests.</summary>
    public static Task WriteModelReadyAsync(HttpContext context, ServedModel model) => WriteAsync(context, new() { ["name"] = model.Name, ["ready"] = true });

    /// <summary>Versions, platform and tensors of a model.</summary>
    public static Task WriteModelAsync(HttpContext context, ServedModel model) => WriteAsync(context, new()
    {
        ["name"] = model.Name,
        ["versions"] = new JsonArray(OpenInferenceModels.Version),
        ["platform"] = OpenInferenceModels.Platform,
        ["inputs"] = Tensors(ModelTensors.Inputs(model)),
        ["outputs"] = Tensors(ModelTensors.Outputs(model)),
    });

    private static JsonArray Tensors(IEnumerable<TensorDescription> tensors) => new([.. tensors.Select(tensor => new JsonObject
    {
        ["name"] = tensor.Name,
        ["datatype"] = tensor.Datatype,
        ["shape"] = new JsonArray([.. tensor.Shape.Select(dimension => JsonValue.Create(dimension))]),
    })]);

    private static Task WriteAsync(HttpContext context, JsonObject reply) =>
        JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer => reply.WriteTo(writer));
}
