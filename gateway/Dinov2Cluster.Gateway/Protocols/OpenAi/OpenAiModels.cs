using System.Text.Json;
using Dinov2Cluster.Gateway.Errors;
using Dinov2Cluster.Gateway.Protocols.Http;
using Dinov2Cluster.Gateway.Routing;

namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

/// <summary>The served models as OpenAI lists them.</summary>
internal sealed class OpenAiModels(IEmbeddingRouter router, TimeProvider time)
{
    private const string Owner = "dinov2cluster";

    // When a model was made isn't known here, and clients need a time: as others do, that of the server's start.
    private readonly long _created = time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary><c>{"object":"list","data":[...]}</c>.</summary>
    public Task ListAsync(HttpContext context) => JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        foreach (var name in router.Models)
        {
            Write(writer, name);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>The model that the route names.</summary>
    /// <exception cref="EmbeddingException"><see cref="EmbeddingErrorKind.UnknownModel"/>.</exception>
    public Task GetAsync(HttpContext context, string name) => router.TryGetModel(name, out var model)
        ? JsonMessage.WriteAsync(context, StatusCodes.Status200OK, writer => Write(writer, model.Name))
        : throw new EmbeddingException(EmbeddingErrorKind.UnknownModel);

    private void Write(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, name);
        writer.WriteString("object"u8, "model"u8);
        writer.WriteNumber("created"u8, _created);
        writer.WriteString("owned_by"u8, Owner);
        writer.WriteEndObject();
    }
}
