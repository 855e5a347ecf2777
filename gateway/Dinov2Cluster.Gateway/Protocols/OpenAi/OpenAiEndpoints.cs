using Dinov2Cluster.Gateway.Protocols.Http;

namespace Dinov2Cluster.Gateway.Protocols.OpenAi;

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
