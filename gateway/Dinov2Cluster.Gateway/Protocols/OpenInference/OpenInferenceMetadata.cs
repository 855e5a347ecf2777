using System.Text.Json;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;
using Dinov2Cluster.Hosting;

namespace Dinov2Cluster.Gateway.Protocols.OpenInference;

/// <summary>Writes what the REST routes say of the server and its models.</summary>
internal static class OpenInferenceMetadata
{
    /// <summary>Name, version and extensions of the server.</summary>
    public static Task WriteServerAsync(HttpContext context) => WriteAsync(context, writer =>
    {
        writer.WriteString("name"u8, OpenInferenceModels.Server);
        writer.WriteString("version"u8, HostVersion.Number);
        writer.WriteStartArray("extensions"u8);
        writer.WriteStringValue(OpenInferenceModels.Extension);
        writer.WriteEndArray();
    });

    /// <summary>The server answers.</summary>
    public static Task WriteLiveAsync(HttpContext context) => WriteAsync(context, static writer => writer.WriteBoolean("live"u8, true));

    /// <summary>The server can take requests: <c>live</c> as the specification has it, <c>ready</c> as KServe's own server does.</summary>
    public static Task WriteReadyAsync(HttpContext context) => WriteAsync(context, static writer =>
    {
        writer.WriteBoolean("live"u8, true);
        writer.WriteBoolean("ready"u8, true);
    });

    /// <summary>A model can take requests.</summary>
    public static Task WriteModelReadyAsync(HttpContext context, ServedModel model) => WriteAsync(context, writer =>
    {
        writer.WriteString("name"u8, model.Name);
        writer.WriteBoolean("ready"u8, true);
    });

    /// <summary>Versions, platform and tensors of a model.</summary>
    public static Task WriteModelAsync(HttpContext context, ServedModel model) => WriteAsync(context, writer =>
    {
        writer.WriteString("name"u8, model.Name);
        writer.WriteStartArray("versions"u8);
        writer.WriteStringValue(OpenInferenceModels.Version);
        writer.WriteEndArray();
        writer.WriteString("platform"u8, OpenInferenceModels.Platform);
        WriteTensors(writer, "inputs", ModelTensors.Inputs(model));
        WriteTensors(writer, "outputs", ModelTensors.Outputs(model));
    });

    private static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write) => JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartObject();
        write(writer);
        writer.WriteEndObject();
    });

    private static void WriteTensors(Utf8JsonWriter writer, string property, IReadOnlyList<TensorDescription> tensors)
    {
        writer.WriteStartArray(property);
        foreach (var tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, tensor.Name);
            writer.WriteString("datatype"u8, tensor.Datatype);
            writer.WriteStartArray("shape"u8);
            foreach (var dimension in tensor.Shape)
            {
                writer.WriteNumberValue(dimension);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
